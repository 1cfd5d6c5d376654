/// People per output cell; the sum of all cells is the count.
public struct DensityMap: Sendable, Equatable {
    /// Columns and rows of cells.
    public let size: PixelSize
    /// People in each cell, row by row from the top: `size.area` values.
    public let cells: [Float]

    /// - Precondition: there is one value per cell.
    public init(size: PixelSize, cells: [Float]) {
        precondition(cells.count == size.area, "a \(size) density map of \(cells.count) cells")
        self.size = size
        self.cells = cells
    }

    /// People in the whole map.
    ///
    /// Summed in double precision, row by row, so that the sum does not depend on how the cells were computed.
    public var count: Double {
        var sum = 0.0
        for cell in cells { sum += Double(cell) }
        return sum
    }
}
