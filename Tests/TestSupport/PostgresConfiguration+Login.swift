public import Postgres

extension PostgresConfiguration {
    /// The same database, as another of the roles that it lets in without a password.
    public func loggingIn(as user: String) -> PostgresConfiguration {
        var other = self
        // Of a keyword that is given twice the last one counts.
        if connectionString.contains("://") {
            other.connectionString += (connectionString.contains("?") ? "&" : "?") + "user=" + user
        } else {
            other.connectionString += " user=" + user
        }
        return other
    }
}

extension TestDatabase {
    /// Runs `body` with the name of a login role that is a member of another.
    public static func withLogin<Result>(
        in role: String, _ connection: PostgresConnection, _ body: (_ name: String) async throws -> Result
    ) async throws -> Result {
        let name = "login_\(UInt32.random(in: 0 ... .max))"
        try await connection.execute("CREATE ROLE \(name) LOGIN IN ROLE \(role)")
        let result = try await body(name)
        try await connection.execute("DROP ROLE \(name)")
        return result
    }
}
