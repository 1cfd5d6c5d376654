import Density
import TestSupport
import Testing

struct TileLayoutTests {
    /// Layouts of small random pictures and tiles: smaller, equal and larger on each axis by itself.
    static let layouts: [TileLayout] = {
        var noise = Noise(seed: 4)
        func size() -> PixelSize { PixelSize(width: Int(noise.next() % 40) + 1, height: Int(noise.next() % 40) + 1) }
        return (0..<300).map { _ in TileLayout(resized: size(), tile: size()) }
            + [(7, 7), (14, 7), (15, 7), (8, 7), (1, 7)].map { side, tile in
                TileLayout(
                    resized: PixelSize(width: side, height: 9), tile: PixelSize(width: tile, height: 3))
            }
    }()

    /// Edges, sides and weight of both axes of a layout.
    private static func axes(
        of layout: TileLayout
    ) -> [(edges: [Int], side: Int, tile: Int, weight: (Int) -> Float)] {
        [
            (layout.columns, layout.resized.width, layout.tile.width, layout.columnWeight),
            (layout.rows, layout.resized.height, layout.tile.height, layout.rowWeight),
        ]
    }

    @Test("Tiles stand side by side from the near edge, the last at the far edge")
    func tilesAreAnchored() {
        for layout in Self.layouts {
            for axis in Self.axes(of: layout) {
                #expect(axis.edges.first == 0)
                if axis.side >= axis.tile {
                    #expect(axis.edges.last == axis.side - axis.tile, "the last tile is not at the far edge: \(layout)")
                } else {
                    #expect(axis.edges == [0])
                }
                for (index, edge) in axis.edges.dropLast().enumerated() { #expect(edge == index * axis.tile) }
            }
        }
    }

    @Test("Tiles cover every pixel, and no more tiles than it takes")
    func tilesCoverEveryPixel() {
        for layout in Self.layouts {
            for axis in Self.axes(of: layout) {
                let isCovered = (0..<axis.side).allSatisfy { position in
                    axis.edges.contains { $0 <= position && position < $0 + axis.tile }
                }
                #expect(isCovered, "\(layout)")
                #expect(axis.edges.count == (axis.side + axis.tile - 1) / axis.tile, "\(layout)")
            }
        }
    }

    @Test("The weights of every pixel sum to one over the tiles that hold it")
    func weightsSumToOne() {
        for layout in Self.layouts {
            for axis in Self.axes(of: layout) {
                let sums = (0..<axis.side).map { position in
                    Float(axis.edges.count { $0 <= position && position < $0 + axis.tile }) * axis.weight(position)
                }
                #expect(sums.allSatisfy { $0 == 1 }, "\(layout)")
            }
        }
    }

    @Test("Tiles come row by row and show the pixels of their place")
    func tilesShowTheirPixels() {
        var noise = Noise(seed: 21)
        let padding = PixelColour(red: 114, green: 104, blue: 101)
        for layout in Self.layouts.suffix(60) {
            let picture = noise.picture(layout.resized)
            let tiles = layout.tiles(of: picture, padding: padding)
            let places = layout.rows.flatMap { y in layout.columns.map { x in (x, y) } }
            #expect(tiles.count == layout.count && tiles.count == places.count)
            for (tile, place) in zip(tiles, places) {
                #expect(tile.size == layout.tile)
                #expect((tile.x, tile.y) == place)
                let expected = (0..<tile.size.height).flatMap { y in
                    (0..<tile.size.width).flatMap { x in
                        Self.pixel(of: picture, x: place.0 + x, y: place.1 + y, outside: padding)
                    }
                }
                #expect(Self.pixels(of: tile) == expected, "\(layout) at \(place)")
            }
        }
    }

    /// The rows of a tile as an engine reads them.
    private static func pixels(of tile: Tile) -> [UInt8] {
        (0..<tile.size.height).flatMap { row in
            tile.picture.pixels[tile.offset(ofRow: row)...].prefix(tile.size.width * Picture.channels)
        }
    }

    private static func pixel(of picture: Picture, x: Int, y: Int, outside colour: PixelColour) -> [UInt8] {
        guard x < picture.size.width, y < picture.size.height else { return [colour.red, colour.green, colour.blue] }
        let start = (y * picture.size.width + x) * 3
        return Array(picture.pixels[start..<start + 3])
    }
}
