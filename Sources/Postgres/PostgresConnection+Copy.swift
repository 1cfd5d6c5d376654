extension PostgresConnection {
    /// Runs a statement `COPY ... TO STDOUT` and hands over what the server writes, in constant memory.
    ///
    /// The pieces end at ends of rows. Where `each` throws, the statement is stopped on the server and the error is
    /// passed on. `each` runs on the connection's thread, and may block it.
    /// - Returns: how many rows there were.
    @discardableResult
    public func copyOut(
        _ sql: String, _ each: @Sendable (UnsafeRawBufferPointer) throws -> Void
    ) async throws -> Int {
        try current().copyOut(sql, each)
    }
}
