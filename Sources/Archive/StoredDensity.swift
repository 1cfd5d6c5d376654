public import Density

/// A density map as the database keeps it: a grid of at most 128 cells a side over the whole picture, a byte per cell.
///
/// What rounding a cell leaves over is carried to the next one, row by row, so that the sum over many cells stays true:
/// that of all cells is off by half a quantum at most.
public struct StoredDensity: Sendable, Equatable {
    /// Most cells on a side: enough to draw and to ask for a region, and a kilobyte or two once compressed.
    static let longestSide = 128

    /// Columns of the grid.
    public let columns: Int
    /// Rows of the grid.
    public let rows: Int
    /// People that one unit of a cell stands for.
    public let quantum: Float
    /// Row by row from the top: `columns * rows` bytes.
    public let cells: [UInt8]

    /// A grid as it was stored.
    /// - Precondition: there is one byte per cell.
    public init(columns: Int, rows: Int, quantum: Float, cells: [UInt8]) {
        precondition(cells.count == columns * rows, "a grid of \(columns)x\(rows) with \(cells.count) cells")
        self.columns = columns
        self.rows = rows
        self.quantum = quantum
        self.cells = cells
    }

    /// Stores a map, pooled where it is finer. Cells below zero, which a network may give, count as nobody.
    public init(_ map: DensityMap) {
        let columns = Self.parts(of: map.size.width)
        let rows = Self.parts(of: map.size.height)
        let width = columns.last.map { $0.last + 1 } ?? 0
        let height = rows.last.map { $0.last + 1 } ?? 0
        var pooled = [Double](repeating: 0, count: width * height)
        for (y, row) in rows.enumerated() {
            for (x, column) in columns.enumerated() {
                let people = Double(map.cells[y * map.size.width + x])
                pooled[row.first * width + column.first] += people * row.share * column.share
                pooled[row.first * width + column.last] += people * row.share * (1 - column.share)
                pooled[row.last * width + column.first] += people * (1 - row.share) * column.share
                pooled[row.last * width + column.last] += people * (1 - row.share) * (1 - column.share)
            }
        }
        let most = pooled.max() ?? 0
        // As the database holds it, so that the carried remainder is that of the sums people will make.
        let quantum = most > 0 ? Float(most / 255) : 0
        var cells = [UInt8](repeating: 0, count: pooled.count)
        if quantum > 0 {
            var remainder = 0.0
            for (index, people) in pooled.enumerated() {
                let wanted = people / Double(quantum) + remainder
                let stored = min(max(wanted.rounded(), 0), 255)
                remainder = wanted - stored
                cells[index] = UInt8(stored)
            }
        }
        self.init(columns: width, rows: height, quantum: quantum, cells: cells)
    }

    /// For each of `side` cells, the one or two stored cells it lies in, and its share in the first of them.
    private static func parts(of side: Int) -> [(first: Int, last: Int, share: Double)] {
        let stored = min(side, longestSide)
        return (0..<side).map { cell in
            let (start, end) = (cell * stored, (cell + 1) * stored)
            let (first, last) = (start / side, (end - 1) / side)
            return (first, last, first == last ? 1 : Double(last * side - start) / Double(end - start))
        }
    }

    /// The map in people per cell.
    public var map: DensityMap {
        DensityMap(
            size: PixelSize(width: columns, height: rows), cells: cells.map { Float($0) * quantum })
    }
}
