import Glibc
public import Postgres

/// Databases for tests, in a PostgreSQL server that runs for this test process alone.
public enum TestDatabase {
    private static let server = TestServer()
    /// Statements that make and drop databases, one after the other: making two at once fails.
    private static let administration = Administration(server: server)

    /// The server of this process's tests, started at the first call.
    public static func cluster() async throws -> LocalCluster {
        try await server.cluster()
    }

    /// Runs `body` with the URI of an empty database that nobody else uses, and drops it afterwards.
    public static func withFresh<Result>(_ body: (_ url: String) async throws -> Result) async throws -> Result {
        let name = try await administration.makeDatabase()
        let url = try await server.cluster().url()
        let configuration = PostgresConfiguration(connectionString: url, applicationName: "tests")
        do {
            let result = try await body(configuration.naming(database: name).connectionString)
            try await administration.dropDatabase(name)
            return result
        } catch {
            // The test's own error is the one to tell; the server goes with the process.
            try? await administration.dropDatabase(name)
            throw error
        }
    }

    /// Runs `body` with a connection to an empty database of its own.
    public static func withConnection<Result>(
        _ body: (PostgresConnection) async throws -> Result
    ) async throws -> Result {
        try await withFresh { url in
            let connection = try await PostgresConnection.connect(
                PostgresConfiguration(connectionString: url, applicationName: "tests"))
            return try await body(connection)
        }
    }
}

private actor Administration {
    private let server: TestServer
    private var connection: Task<PostgresConnection, any Error>?
    private var count = 0

    init(server: TestServer) {
        self.server = server
    }

    func makeDatabase() async throws -> String {
        count += 1
        let name = "test_\(count)"
        let connection = try await connect()
        try await connection.execute("CREATE DATABASE \(name)")
        return name
    }

    func dropDatabase(_ name: String) async throws {
        // In a task of its own: a cancelled test drops its database too.
        try await Task { try await connect().execute("DROP DATABASE \(name) WITH (FORCE)") }.value
    }

    private func connect() async throws -> PostgresConnection {
        if let connection { return try await connection.value }
        let server = server
        let connecting = Task {
            let url = try await server.cluster().url()
            return try await PostgresConnection.connect(
                PostgresConfiguration(connectionString: url, applicationName: "test administration"))
        }
        connection = connecting
        return try await connecting.value
    }
}
