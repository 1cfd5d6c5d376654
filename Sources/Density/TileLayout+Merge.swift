extension TileLayout {
    /// Puts the density maps of the tiles together to the one of the resized picture, averaging where they overlap.
    ///
    /// Cells that lie in the padding of a picture smaller than a tile are left out.
    /// - Parameters:
    ///   - maps: one per tile, in the order of `tiles(of:padding:)`.
    ///   - stride: pixels of the tile per cell, on both axes.
    /// - Precondition: `stride` divides the sides of the tile and of the resized picture, and every map has the size
    ///   that follows from it.
    /// - Returns: a map of `resized / stride` cells.
    public func merge(_ maps: [DensityMap], stride: Int) -> DensityMap {
        precondition(
            [tile.width, tile.height, resized.width, resized.height].allSatisfy { $0.isMultiple(of: stride) },
            "a stride of \(stride) does not divide tiles of \(tile) and a picture of \(resized)")
        let canvas = PixelSize(width: resized.width / stride, height: resized.height / stride)
        let cells = PixelSize(width: tile.width / stride, height: tile.height / stride)
        precondition(maps.count == count && maps.allSatisfy { $0.size == cells }, "one map of \(cells) cells per tile")
        let columnWeights = (0..<canvas.width).map { columnWeight(at: $0 * stride) }
        let rowWeights = (0..<canvas.height).map { rowWeight(at: $0 * stride) }
        var merged = [Float](repeating: 0, count: canvas.area)
        for (index, map) in maps.enumerated() {
            let (row, column) = index.quotientAndRemainder(dividingBy: columns.count)
            let (left, top) = (columns[column] / stride, rows[row] / stride)
            for y in 0..<min(cells.height, canvas.height - top) {
                let rowWeight = rowWeights[top + y]
                for x in 0..<min(cells.width, canvas.width - left) {
                    let weight = rowWeight * columnWeights[left + x]
                    merged[(top + y) * canvas.width + left + x] += weight * map.cells[y * cells.width + x]
                }
            }
        }
        return DensityMap(size: canvas, cells: merged)
    }
}
