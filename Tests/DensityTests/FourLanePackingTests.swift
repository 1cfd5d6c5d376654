import Density
import TestSupport
import Testing

struct FourLanePackingTests {
    /// Values that put many pixels on a tie of the rounding and some beyond both ends of the 8-bit range.
    static let scales: [Float] = [1, 0.5, 59.5184]

    static let preprocessings: [Preprocessing] = [
        Preprocessing(colour: .rgb, mean: [113.8, 104.4, 100.75], scale: [0.0136, 0.0141, 0.0138]),
        Preprocessing(colour: .bgr, mean: [127.5, 0, 255], scale: [1, -1, 3]),
        Preprocessing(colour: .gray, mean: [0], scale: [0.5]),
    ]

    /// Tiles of noise cut out of pictures larger than they are, at odd places.
    static func tiles(_ count: Int, of size: PixelSize) -> [Tile] {
        var noise = Noise(seed: UInt64(count * 1000 + size.width))
        return (0..<count).map { index in
            let whole = PixelSize(width: size.width + index % 3, height: size.height + index % 2)
            let picture = noise.picture(whole)
            return Tile(picture: picture, x: index % 3, y: index % 2, size: size)
        }
    }

    @Test(
        "The packed bytes are those of the formula, for 1 to 9 tiles",
        arguments: Array(1...9), PackingPath.allCases)
    func packedBytesFollowTheFormula(count: Int, path: PackingPath) {
        for size in [(1, 1), (7, 5), (33, 3), (64, 2), (257, 3), (301, 2)] {
            let size = PixelSize(width: size.0, height: size.1)
            let tiles = Self.tiles(count, of: size)
            for (preprocessing, scale) in zip(Self.preprocessings, Self.scales) {
                let quantisation = Quantisation(preprocessing, inputScale: scale)
                let packing = FourLanePacking(tile: size, quantisation: quantisation, path: path)
                var packed = [Int8](repeating: 99, count: packing.byteCount(tiles: count) + 1)
                packed.withUnsafeMutableBytes { packing.pack(tiles, into: $0) }
                let expected = PackingFormula(preprocessing: preprocessing, inputScale: scale).fourLanes(tiles)
                #expect(packed.dropLast() == expected[...], "\(count) tiles of \(size), \(preprocessing.colour)")
                #expect(packed.last == 99, "a byte was written behind the packed tiles")
            }
        }
    }

    @Test("Plain bytes and numbers are those of the formula", arguments: PackingPath.allCases)
    func plainValuesFollowTheFormula(path: PackingPath) {
        for size in [PixelSize(width: 37, height: 3), PixelSize(width: 290, height: 2)] {
            let tiles = Self.tiles(3, of: size)
            for (preprocessing, scale) in zip(Self.preprocessings, Self.scales) {
                let packing = PlainPacking(tile: size, path: path)
                let formula = PackingFormula(preprocessing: preprocessing, inputScale: scale)
                let elements = 3 * size.area * preprocessing.colour.channels
                var bytes = [Int8](repeating: 0, count: elements)
                bytes.withUnsafeMutableBytes {
                    packing.pack(tiles, with: Quantisation(preprocessing, inputScale: scale), into: $0)
                }
                #expect(bytes == formula.plain(tiles))
                var numbers = [Float](repeating: 0, count: elements)
                numbers.withUnsafeMutableBytes {
                    packing.pack(tiles, with: Normalisation(preprocessing), into: $0)
                }
                #expect(numbers == formula.numbers(tiles))
            }
        }
    }

    @Test("A lane holds the same bytes whatever its mates are")
    func lanesAreIndependent() {
        let size = PixelSize(width: 45, height: 4)
        let tiles = Self.tiles(4, of: size)
        let packing = FourLanePacking(
            tile: size, quantisation: Quantisation(Self.preprocessings[0], inputScale: 59.5184))
        func bytes(of lane: Int, in tiles: [Tile]) -> [Int8] {
            var packed = [Int8](repeating: 0, count: packing.byteCount(tiles: tiles.count))
            packed.withUnsafeMutableBytes { packing.pack(tiles, into: $0) }
            return stride(from: lane, to: packed.count, by: FourLanePacking.lanes).map { packed[$0] }
        }
        for place in 0..<4 {
            var others = [tiles[1], tiles[2], tiles[3]]
            others.insert(tiles[0], at: place)
            #expect(bytes(of: place, in: others) == bytes(of: 0, in: [tiles[0]]))
        }
    }

    @Test("Halves are rounded away from zero and values beyond 8 bits are saturated")
    func roundingIsAwayFromZero() {
        let values: [(Float, Int8)] = [
            (0.5, 1), (-0.5, -1), (2.5, 3), (-2.5, -3), (0.499_999_97, 0), (127.5, 127), (1e9, 127), (-128.5, -128),
            (-1e9, -128),
        ]
        for (value, step) in values { #expect(Quantisation.quantised(value) == step, "\(value)") }
    }

    @Test("A throughput is a positive number of bytes per second")
    func throughputIsMeasured() {
        let quantisation = Quantisation(Self.preprocessings[0], inputScale: 59.5184)
        let packing = FourLanePacking(tile: PixelSize(width: 64, height: 32), quantisation: quantisation)
        #expect(packing.throughput(rounds: 2) > 0)
    }
}
