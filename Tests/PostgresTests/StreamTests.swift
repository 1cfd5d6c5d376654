import Postgres
import TestSupport
import Testing

@Suite struct StreamTests {
    private struct Enough: Error, Equatable {}

    @Test("Every row is handed over, in order")
    func rows() async throws {
        try await TestDatabase.withConnection { db in
            let sum = try await db.transaction { db in
                var last = 0
                var sum = 0
                try db.stream("SELECT x FROM generate_series(1, $1::bigint) x", [200_000]) { row in
                    let value: Int = try row["x"]
                    #expect(value == last + 1)
                    last = value
                    sum += value
                }
                return sum
            }
            #expect(sum == 20_000_100_000)
        }
    }

    @Test("A reader that throws stops the statement, and the connection goes on")
    func readerThrows() async throws {
        try await TestDatabase.withConnection { db in
            await #expect(throws: Enough()) {
                // Would go on for years.
                try await db.stream("SELECT generate_series(1, 1000000000000)") { _ in throw Enough() }
            }
            let following = try await db.query("SELECT 1").count
            #expect(following == 1)
        }
    }

    @Test("An error of the server after some rows is thrown")
    func serverFails() async throws {
        try await TestDatabase.withConnection { db in
            let error = await #expect(throws: PostgresError.self) {
                try await db.stream("SELECT 1 / (1000 - x) FROM generate_series(1, 2000) x") { _ in }
            }
            #expect(error?.sqlState == "22012")
            let following = try await db.query("SELECT 1").count
            #expect(following == 1)
        }
    }

    @Test("A statement without rows hands over none")
    func noRows() async throws {
        try await TestDatabase.withConnection { db in
            try await db.stream("CREATE TABLE t (id int)") { _ in Issue.record("a row") }
            try await db.stream("SELECT id FROM t") { _ in Issue.record("a row") }
        }
    }
}
