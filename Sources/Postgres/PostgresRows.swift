/// The rows that a statement returned, all in memory.
public struct PostgresRows: RandomAccessCollection, Sendable {
    private let result: PostgresResult
    private let columns: PostgresColumns

    init(_ result: PostgresResult) {
        self.result = result
        columns = PostgresColumns(of: result)
    }

    /// Always 0.
    public var startIndex: Int { 0 }

    /// The number of rows.
    public var endIndex: Int { result.rowCount }

    /// A row, in the order in which the server sent them.
    public subscript(position: Int) -> PostgresRow {
        PostgresRow(result: result, columns: columns, position: position)
    }
}
