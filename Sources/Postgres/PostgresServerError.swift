/// What the server said about a statement that it refused.
public struct PostgresServerError: Equatable, Sendable {
    /// Five characters, see appendix A of PostgreSQL's manual: `23505` is a unique violation.
    public var sqlState: String
    /// `ERROR`, `FATAL` or `PANIC`; for notices also `WARNING`, `NOTICE` and below. Never translated.
    public var severity: String
    /// In the language of the server.
    public var message: String
    /// What the message leaves out, such as the key that is there twice.
    public var detail: String?
    /// What to do about it.
    public var hint: String?
    /// The schema of what was violated, where the server knows; so are the three below.
    public var schema: String?
    /// The table.
    public var table: String?
    /// The column.
    public var column: String?
    /// The constraint.
    public var constraint: String?
    /// The place in the statement, counted in characters from one.
    public var position: Int?

    /// An error with the fields that every error has.
    public init(sqlState: String, severity: String = "ERROR", message: String) {
        self.sqlState = sqlState
        self.severity = severity
        self.message = message
    }
}
