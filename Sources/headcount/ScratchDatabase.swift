import Concurrency
import Glibc
import Postgres

/// A database of a measurement's own on somebody's server, removed whatever becomes of the measurement.
enum ScratchDatabase {
    private static let prefix = "headcount_bench_"

    /// Runs `body` with where the database is. A signal ends it, and removes the database all the same.
    static func with<Result: Sendable>(
        _ server: PostgresConnection, _ body: @escaping @Sendable (PostgresConfiguration) async throws -> Result
    ) async throws -> Result {
        try await removeAbandoned(server)
        let signals = StopSignals()
        let name = "\(prefix)\(getpid())"
        try await server.execute("CREATE DATABASE \(name)")
        let database = server.configuration.naming(database: name)
        do {
            let result = try await Interruptible.run(until: signals) { try await body(database) }
            try await server.execute("DROP DATABASE \(name) WITH (FORCE)")
            return result
        } catch {
            // Why it ended says more than that something is left.
            try? await server.execute("DROP DATABASE \(name) WITH (FORCE)")
            throw error
        }
    }

    /// Removes what a measurement left that was killed: one that still goes on is connected to its database, which the
    /// server does not drop then.
    private static func removeAbandoned(_ server: PostgresConnection) async throws {
        let left = try await server.query(
            "SELECT datname::text AS name FROM pg_database WHERE datname ~ '^\(prefix)[0-9]+$'")
        for row in left {
            do throws(PostgresError) {
                try await server.execute("DROP DATABASE \(row.decode(String.self, "name"))")
            } catch {
                // In use, another role's, or dropped by another just now.
                guard ["55006", "42501", "3D000"].contains(error.sqlState) else { throw error }
            }
        }
    }
}
