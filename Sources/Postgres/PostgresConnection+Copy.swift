extension PostgresConnection {
    /// Loads rows by a statement `COPY ... FROM STDIN (FORMAT binary)`, in constant memory.
    ///
    /// COPY converts nothing: every value goes out as the natural type of its Swift type (`Int` as `bigint`, `Int32` as
    /// `integer`, `String` as `text`), which must be the column's. Where `produce` throws, nothing of the COPY is kept.
    /// `produce` runs on the connection's thread, and may block it.
    /// - Returns: how many rows the server took.
    public func copyIn(
        _ sql: String, _ produce: @Sendable (inout CopyWriter) throws -> Void
    ) async throws -> Int {
        try current().copyIn(sql, types: nil, produce)
    }

    /// The same within the connection, such as in a transaction, where `produce` may change what stands around it.
    public func copyIn(
        _ sql: String, _ produce: (inout CopyWriter) throws -> Void
    ) throws -> Int {
        try current().copyIn(sql, types: nil, produce)
    }

    /// Loads rows into columns of a table; the columns' types are asked of the server, and the values sent as these.
    /// - Parameter table: as SQL writes it, with its schema, quoted where it needs to be; `columns` likewise.
    public func copyIn(
        into table: String, columns: [String], _ produce: @Sendable (inout CopyWriter) throws -> Void
    ) async throws -> Int {
        try current().copyIn(into: table, columns: columns, produce)
    }

    /// The same within the connection.
    public func copyIn(
        into table: String, columns: [String], _ produce: (inout CopyWriter) throws -> Void
    ) throws -> Int {
        try current().copyIn(into: table, columns: columns, produce)
    }

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
