import CDensity

/// The 4N layout: one 32-bit word holds the same element of four consecutive tiles, a byte each.
///
/// Element (c, y, x) of tile n lies at `((n/4)*C*H*W + (c*H + y)*W + x)*4 + n%4`. Tiles are written straight from the
/// rows of their pictures; lanes without a tile are zero.
public struct FourLanePacking: Sendable {
    /// Tiles of a word.
    public static let lanes = 4

    /// Width and height of a tile, in pixels.
    public let tile: PixelSize
    /// From pixels to bytes.
    public let quantisation: Quantisation
    /// How the inner loops are run.
    public let path: PackingPath

    /// A packing of tiles of one size.
    public init(tile: PixelSize, quantisation: Quantisation, path: PackingPath = .fastest) {
        self.tile = tile
        self.quantisation = quantisation
        self.path = path
    }

    /// Bytes of `tiles` tiles, the empty lanes of the last word among them.
    public func byteCount(tiles: Int) -> Int {
        (tiles + Self.lanes - 1) / Self.lanes * Self.lanes * tile.area * quantisation.colour.channels
    }

    /// Writes `tiles` from the start of `buffer`, and nothing behind them.
    /// - Precondition: every tile is of the size `tile`, and `buffer` holds `byteCount(tiles:)` bytes.
    public func pack(_ tiles: [Tile], into buffer: UnsafeMutableRawBufferPointer) {
        precondition(buffer.count >= byteCount(tiles: tiles.count), "a buffer of \(buffer.count) bytes is too small")
        precondition(tiles.allSatisfy { $0.size == tile }, "every tile must be \(tile)")
        let output = buffer.bindMemory(to: Int8.self)
        for first in stride(from: 0, to: tiles.count, by: Self.lanes) {
            let group = tiles[first..<min(first + Self.lanes, tiles.count)]
            let start = first * tile.area * quantisation.colour.channels
            withRows(of: group) { lanes in
                var packing = headcount_packing(size: tile, colour: quantisation.colour, path: path)
                headcount_pack_four_lanes(
                    &packing, lanes, quantisation.tables, output.baseAddress.map { $0 + start })
            }
        }
    }

    /// Hands `body` four lanes, those behind the last tile without pixels.
    private func withRows(
        of tiles: ArraySlice<Tile>, after lanes: [headcount_tile] = [], _ body: ([headcount_tile]) -> Void
    ) {
        guard let tile = tiles.first else {
            let empty = headcount_tile(pixels: nil, row_bytes: 0)
            return body(lanes + repeatElement(empty, count: Self.lanes - lanes.count))
        }
        tile.withRows { withRows(of: tiles.dropFirst(), after: lanes + [$0], body) }
    }
}
