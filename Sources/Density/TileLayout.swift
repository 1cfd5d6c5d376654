/// Where the tiles of one picture lie, and how their densities become one map.
///
/// Tiles cover every pixel of the resized picture. On each axis they stand side by side from the near edge, but for
/// the last, which is anchored at the far edge and may overlap its neighbour.
public struct TileLayout: Sendable, Hashable {
    /// The size the picture is resized to before it is cut.
    public let resized: PixelSize
    /// How it is brought to that size.
    public let resampling: Resampling
    /// The size of each tile.
    public let tile: PixelSize
    /// Left edges of the columns of tiles, ascending, in pixels of the resized picture.
    public let columns: [Int]
    /// Top edges of the rows of tiles, ascending, in pixels of the resized picture.
    public let rows: [Int]

    /// Covers a picture of size `resized` with tiles.
    public init(resized: PixelSize, tile: PixelSize, resampling: Resampling = .bilinear) {
        self.resized = resized
        self.resampling = resampling
        self.tile = tile
        columns = Self.edges(side: resized.width, tile: tile.width)
        rows = Self.edges(side: resized.height, tile: tile.height)
    }

    /// Number of tiles.
    public var count: Int { rows.count * columns.count }

    /// The size of the ground that a picture smaller than a tile is put on; `nil` where it needs none.
    public var paddedSize: PixelSize? {
        let width = max(resized.width, tile.width)
        let height = max(resized.height, tile.height)
        return width == resized.width && height == resized.height ? nil : PixelSize(width: width, height: height)
    }

    /// Cuts the picture, row by row of tiles.
    ///
    /// A picture smaller than a tile is put at the top left of one, on a ground of `padding`.
    /// - Precondition: `picture` has the size `resized`.
    public func tiles(of picture: Picture, padding: PixelColour) -> [Tile] {
        precondition(picture.size == resized, "a \(picture.size) picture for a layout of \(resized)")
        let canvas = picture.padded(toAtLeast: tile, with: padding)
        return rows.flatMap { y in
            columns.map { x in Tile(picture: canvas, x: x, y: y, size: tile) }
        }
    }

    /// How much a pixel of column `x` counts in each column of tiles that holds it: they share it evenly.
    ///
    /// A pixel's weight in a tile is its column's times its row's, so its weights sum to 1 over the tiles that hold it.
    public func columnWeight(at x: Int) -> Float {
        Self.weight(at: x, edges: columns, tile: tile.width)
    }

    /// How much a pixel of row `y` counts in each row of tiles that holds it.
    public func rowWeight(at y: Int) -> Float {
        Self.weight(at: y, edges: rows, tile: tile.height)
    }

    private static func edges(side: Int, tile: Int) -> [Int] {
        guard side > tile else { return [0] }
        let full = side / tile
        let edges = (0..<full).map { $0 * tile }
        return side % tile == 0 ? edges : edges + [side - tile]
    }

    private static func weight(at position: Int, edges: [Int], tile: Int) -> Float {
        1 / Float(edges.count { $0 <= position && position < $0 + tile })
    }
}
