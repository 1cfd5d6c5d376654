import CDensity

/// The plain layout, NCHW: tile after tile, plane after plane, rows from top to bottom.
///
/// Tiles are written straight from the rows of their pictures.
public struct PlainPacking: Sendable {
    /// Width and height of a tile, in pixels.
    public let tile: PixelSize
    /// How the inner loops are run.
    public let path: PackingPath

    /// A packing of tiles of one size.
    public init(tile: PixelSize, path: PackingPath = .fastest) {
        self.tile = tile
        self.path = path
    }

    /// Writes one byte per element from the start of `buffer`.
    /// - Precondition: every tile is of the size `tile`, and `buffer` holds all their elements.
    public func pack(
        _ tiles: [Tile], with quantisation: Quantisation, into buffer: UnsafeMutableRawBufferPointer
    ) {
        let elements = tile.area * quantisation.colour.channels
        check(tiles, bytes: elements, buffer)
        let output = buffer.bindMemory(to: Int8.self)
        for (index, tile) in tiles.enumerated() {
            tile.withRows { rows in
                var rows = rows
                var packing = headcount_packing(size: tile.size, colour: quantisation.colour, path: path)
                headcount_pack_plain(
                    &packing, &rows, quantisation.tables, output.baseAddress.map { $0 + index * elements })
            }
        }
    }

    /// Writes one single-precision number per element from the start of `buffer`.
    /// - Precondition: every tile is of the size `tile`, and `buffer` is aligned and holds all their elements.
    public func pack(
        _ tiles: [Tile], with normalisation: Normalisation, into buffer: UnsafeMutableRawBufferPointer
    ) {
        let elements = tile.area * normalisation.colour.channels
        check(tiles, bytes: elements * MemoryLayout<Float>.stride, buffer)
        let output = buffer.bindMemory(to: Float.self)
        for (index, tile) in tiles.enumerated() {
            tile.withRows { rows in
                var rows = rows
                var packing = headcount_packing(size: tile.size, colour: normalisation.colour, path: path)
                headcount_pack_float(
                    &packing, &rows, normalisation.tables, output.baseAddress.map { $0 + index * elements })
            }
        }
    }

    private func check(_ tiles: [Tile], bytes: Int, _ buffer: UnsafeMutableRawBufferPointer) {
        precondition(buffer.count >= tiles.count * bytes, "a buffer of \(buffer.count) bytes is too small")
        precondition(tiles.allSatisfy { $0.size == tile }, "every tile must be \(tile)")
    }
}
