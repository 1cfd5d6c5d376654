import Postgres

/// One connection of the page's, made when it is first needed and again when it is lost.
actor DatabaseLane {
    private let configuration: PostgresConfiguration
    private let setting: String
    private var opening: Task<PostgresConnection, any Error>?

    /// - Parameters:
    ///   - timeout: how long a statement may take, in seconds.
    ///   - isReadOnly: true where the server is to refuse to change anything over it.
    init(_ configuration: PostgresConfiguration, timeout: Int, isReadOnly: Bool) {
        self.configuration = configuration
        setting = """
            SET statement_timeout = '\(timeout)s'; SET jit = off; SET timezone = 'UTC';
            SET default_transaction_read_only = \(isReadOnly ? "on" : "off")
            """
    }

    /// Runs one statement.
    func ask(_ sql: String, _ parameters: [any PostgresEncodable] = []) async throws -> PostgresRows {
        try await connection().query(sql, parameters)
    }

    private func connection() async throws -> PostgresConnection {
        let before = opening
        if let before, let open = try? await before.value, await !open.isLost { return open }
        // Whoever came here at the same time may have begun already.
        if let opening, opening != before { return try await opening.value }
        let opening = Task { [configuration, setting] in
            let connection = try await PostgresConnection.connect(configuration)
            try await connection.execute(setting)
            return connection
        }
        self.opening = opening
        return try await opening.value
    }
}
