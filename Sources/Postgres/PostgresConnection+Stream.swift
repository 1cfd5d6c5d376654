extension PostgresConnection {
    /// Runs one statement and hands over its rows as they arrive: a result of any size in constant memory.
    ///
    /// Where `each` throws, the statement is stopped on the server and the error is passed on. `each` runs on the
    /// connection's thread.
    public func stream(
        _ sql: String, _ parameters: [any PostgresEncodable] = [],
        _ each: @Sendable (PostgresRow) throws -> Void
    ) async throws {
        try current().stream(sql, parameters, each)
    }

    /// The same within the connection, such as in a transaction, where `each` may change what stands around it.
    public func stream(
        _ sql: String, _ parameters: [any PostgresEncodable] = [], _ each: (PostgresRow) throws -> Void
    ) throws {
        try current().stream(sql, parameters, each)
    }
}
