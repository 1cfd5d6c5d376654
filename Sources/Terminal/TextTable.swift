/// Rows of text in aligned columns; each character takes one of the terminal's, so that wide ones, as of Chinese, stand
/// out.
public struct TextTable: Sendable {
    /// Which side the cells of a column touch.
    public enum Alignment: Sendable {
        /// Words.
        case left
        /// Numbers.
        case right
    }

    private let columns: [(title: String, alignment: Alignment)]
    private var rows: [[String]] = []

    /// A table with the titles of its columns.
    public init(_ columns: [(title: String, alignment: Alignment)]) {
        self.columns = columns
    }

    /// Appends a row of as many cells as there are columns.
    public mutating func append(_ row: [String]) {
        precondition(row.count == columns.count)
        rows.append(row.map(Console.printable))
    }

    /// The titles and rows, two spaces between columns, each line ending with a newline.
    public var text: String {
        let widths = columns.indices.map { column in
            max(columns[column].title.count, rows.map { $0[column].count }.max() ?? 0)
        }
        let lines = [columns.map(\.title)] + rows
        return lines.map { cells in
            let padded = columns.indices.map { column in
                let gap = String(repeating: " ", count: widths[column] - cells[column].count)
                return columns[column].alignment == .left ? cells[column] + gap : gap + cells[column]
            }
            var line = padded.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line + "\n"
        }.joined()
    }
}
