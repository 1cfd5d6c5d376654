import Postgres
import TestSupport
import Testing

@Suite struct TransactionTests {
    private struct Refusal: Error, Equatable {}

    private func withTable(_ body: (PostgresConnection) async throws -> Void) async throws {
        try await TestDatabase.withConnection { db in
            try await db.execute("CREATE TABLE t (id bigint PRIMARY KEY)")
            try await body(db)
        }
    }

    private func count(_ db: PostgresConnection) async throws -> Int {
        try #require(try await db.query("SELECT count(*) AS n FROM t").first).decode(Int.self, "n")
    }

    @Test("What a transaction returns was committed")
    func commits() async throws {
        try await withTable { db in
            let affected = try await db.transaction { db in
                try db.query("INSERT INTO t SELECT generate_series(1, $1) RETURNING id", [3]).count
            }
            #expect(affected == 3)
            let remaining = try await count(db)
            #expect(remaining == 3)
        }
    }

    @Test("A body that throws leaves nothing, and the connection goes on")
    func rollsBack() async throws {
        try await withTable { db in
            await #expect(throws: Refusal()) {
                try await db.transaction { db in
                    try db.execute("INSERT INTO t VALUES (1)")
                    throw Refusal()
                }
            }
            let remaining = try await count(db)
            #expect(remaining == 0)
        }
    }

    @Test("A failed statement whose error is caught does not pass for committed")
    func swallowedErrors() async throws {
        try await withTable { db in
            await #expect(throws: PostgresError.self) {
                try await db.transaction { db in
                    try db.execute("INSERT INTO t VALUES (1)")
                    try? db.execute("INSERT INTO t VALUES (1)")
                }
            }
            let remaining = try await count(db)
            #expect(remaining == 0)
        }
    }

    @Test("A transaction within a transaction is refused, and the outer one is rolled back")
    func nesting() async throws {
        try await withTable { db in
            await #expect(throws: PostgresError.misuse(reason: "a transaction within a transaction")) {
                try await db.transaction { db in
                    try db.execute("INSERT INTO t VALUES (1)")
                    try db.transaction { db in try db.execute("INSERT INTO t VALUES (2)") }
                }
            }
            let remaining = try await count(db)
            #expect(remaining == 0)
        }
    }

    @Test("Transactions of many tasks on one connection do not mix")
    func interleaving() async throws {
        try await withTable { db in
            try await db.execute("CREATE TABLE seen (count bigint)")
            try await withThrowingTaskGroup { group in
                for id in 0..<20 {
                    group.addTask {
                        try await db.transaction { db in
                            _ = try db.query("INSERT INTO t VALUES ($1)", [id])
                            try db.execute("INSERT INTO seen SELECT count(*) FROM t")
                        }
                    }
                }
                try await group.waitForAll()
            }
            let seen = try await db.query("SELECT count FROM seen ORDER BY count").map {
                try $0.decode(Int.self, "count")
            }
            #expect(seen == Array(1...20))
        }
    }
}
