import Postgres
import TestSupport
import Testing

@Suite struct CancellationTests {
    /// Returns once the server works on a statement with that word in it.
    private func untilRunning(_ word: String, seenBy db: PostgresConnection) async throws {
        let sql = "SELECT FROM pg_stat_activity WHERE state = 'active' AND query LIKE $1 AND pid <> pg_backend_pid()"
        while try await db.query(sql, ["%\(word)%"]).isEmpty { await Task.yield() }
    }

    private func withTwoConnections(
        _ body: (_ first: PostgresConnection, _ second: PostgresConnection) async throws -> Void
    ) async throws {
        try await TestDatabase.withFresh { url in
            let configuration = PostgresConfiguration(connectionString: url, applicationName: "tests")
            try await body(
                PostgresConnection.connect(configuration), PostgresConnection.connect(configuration))
        }
    }

    @Test("Cancelling the task stops its statement on the server, and the connection goes on")
    func running() async throws {
        try await withTwoConnections { db, watcher in
            let sleeping = Task { _ = try await db.query("SELECT pg_sleep(3600)") }
            try await untilRunning("pg_sleep", seenBy: watcher)
            sleeping.cancel()
            await #expect(throws: PostgresError.cancelled) { try await sleeping.value }
            let following = try await db.query("SELECT 1").count
            #expect(following == 1)
        }
    }

    @Test("Cancelling the task rolls its transaction back")
    func transaction() async throws {
        try await withTwoConnections { db, watcher in
            try await db.execute("CREATE TABLE t (id int)")
            let working = Task {
                try await db.transaction { db in
                    try db.execute("INSERT INTO t VALUES (1)")
                    try db.execute("SELECT pg_sleep(3600)")
                }
            }
            try await untilRunning("pg_sleep", seenBy: watcher)
            working.cancel()
            await #expect(throws: PostgresError.cancelled) { try await working.value }
            let rows = try await db.query("SELECT * FROM t").count
            #expect(rows == 0)
        }
    }

    @Test("A cancelled task runs no statement")
    func before() async throws {
        try await withTwoConnections { db, _ in
            try await db.execute("CREATE TABLE t (id int)")
            let inserting = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                try await db.execute("INSERT INTO t VALUES (1)")
            }
            await #expect(throws: PostgresError.cancelled) { try await inserting.value }
            let rows = try await db.query("SELECT * FROM t").count
            #expect(rows == 0)
        }
    }

    @Test("A statement that the server stops for its own reasons was not cancelled")
    func timeout() async throws {
        try await withTwoConnections { db, _ in
            try await db.execute("SET statement_timeout = '10ms'")
            let error = await #expect(throws: PostgresError.self) { try await db.query("SELECT pg_sleep(3600)") }
            #expect(error?.sqlState == "57014")
        }
    }
}
