/// One row of a result; it keeps the result alive.
public struct PostgresRow: Sendable {
    let result: PostgresResult
    let columns: PostgresColumns
    let position: Int

    /// The value of the column of that name (the first one, where several have it).
    /// - Throws: `PostgresError.decoding` where there is no such column, it is of another type, or it is NULL and
    ///   `Value` is not optional.
    public func decode<Value: PostgresDecodable>(
        _ type: Value.Type = Value.self, _ column: String
    ) throws(PostgresError) -> Value {
        try decode(type, at: columns.position(of: column))
    }

    /// The value of a column by its place, counted from zero.
    public func decode<Value: PostgresDecodable>(
        _ type: Value.Type = Value.self, at column: Int
    ) throws(PostgresError) -> Value {
        guard columns.names.indices.contains(column) else {
            throw .decoding(column: String(column), expected: "a column of the result", found: "absent")
        }
        return try Value(
            PostgresCell(
                column: columns.names[column], type: columns.types[column],
                bytes: result.bytes(row: position, column: column)))
    }

    /// The value of the column of that name, of the type that the context asks for.
    public subscript<Value: PostgresDecodable>(column: String) -> Value {
        get throws(PostgresError) { try decode(Value.self, column) }
    }
}
