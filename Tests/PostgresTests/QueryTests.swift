import Postgres
import TestSupport
import Testing

@Suite struct QueryTests {
    @Test("A row decodes by name, by place and by context")
    func decoding() async throws {
        try await TestDatabase.withConnection { db in
            let rows = try await db.query("SELECT 7 AS id, 'x' AS name, NULL::text AS nothing")
            let row = try #require(rows.first)
            let name: String = try row["name"]
            #expect(rows.count == 1)
            #expect(try row.decode(Int.self, "id") == 7)
            #expect(try row.decode(Int.self, at: 0) == 7)
            #expect(name == "x")
            #expect(try row.decode(String?.self, "nothing") == nil)
        }
    }

    @Test("A decoding error names the column, what was expected and what is there")
    func decodingErrors() async throws {
        try await TestDatabase.withConnection { db in
            let row = try #require(
                try await db.query("SELECT 'x'::text AS a, NULL::int AS b, 70000 AS c, 0.5::numeric AS d").first)
            #expect(throws: PostgresError.decoding(column: "a", expected: "Int", found: "text")) {
                try row.decode(Int.self, "a")
            }
            #expect(throws: PostgresError.decoding(column: "b", expected: "Int", found: "NULL")) {
                try row.decode(Int.self, "b")
            }
            #expect(throws: PostgresError.decoding(column: "c", expected: "Int16", found: "integer")) {
                try row.decode(Int16.self, "c")
            }
            #expect(throws: PostgresError.decoding(column: "d", expected: "Int", found: "numeric")) {
                try row.decode(Int.self, "d")
            }
            #expect(
                throws: PostgresError.decoding(column: "e", expected: "a column of the result", found: "absent")
            ) {
                try row.decode(Int.self, "e")
            }
        }
    }

    @Test("A server error carries its code and what it violated, in one line")
    func serverErrors() async throws {
        try await TestDatabase.withConnection { db in
            try await db.execute(
                "CREATE TABLE t (id bigint CONSTRAINT only_once PRIMARY KEY); INSERT INTO t VALUES (1)")
            let thrown = await #expect(throws: PostgresError.self) {
                try await db.query("INSERT INTO t VALUES ($1)", [1])
            }
            let error = try #require(thrown)
            guard case .server(let details) = error else {
                Issue.record("not a server error: \(error)")
                return
            }
            #expect(error.sqlState == "23505")
            #expect(details.constraint == "only_once")
            #expect(details.table == "t")
            #expect(details.detail == "Key (id)=(1) already exists.")
            #expect(!error.isConnectionLost)
            #expect(!error.description.contains("\n"))
            let following = try await db.query("SELECT 1").count
            #expect(following == 1)
        }
    }

    @Test("A statement is prepared once, and repeats with other values")
    func prepared() async throws {
        try await TestDatabase.withConnection { db in
            for value in 0..<5 {
                let rows = try await db.query("SELECT $1::int AS v", [value])
                #expect(try #require(rows.first).decode(Int.self, "v") == value)
            }
            let rows = try await db.query(
                "SELECT count(*) AS n FROM pg_prepared_statements WHERE statement = 'SELECT $1::int AS v'")
            #expect(try #require(rows.first).decode(Int.self, "n") == 1)
        }
    }

    @Test("The cache keeps no more statements than it may, and those are the last used")
    func eviction() async throws {
        try await TestDatabase.withFresh { url in
            let db = try await PostgresConnection.connect(
                PostgresConfiguration(connectionString: url, applicationName: "tests", statementCacheSize: 3))
            for value in 0..<10 {
                _ = try await db.query("SELECT 'kept'")
                _ = try await db.query("SELECT \(value)")
            }
            let names = try await db.query("SELECT statement FROM pg_prepared_statements ORDER BY prepare_time").map {
                try $0.decode(String.self, at: 0)
            }
            #expect(names.count == 3)
            #expect(names.contains("SELECT 'kept'"))
            #expect(names.contains("SELECT 9"))
        }
    }

    @Test("Statements that were dropped or whose table changed are prepared anew")
    func stalePlans() async throws {
        try await TestDatabase.withConnection { db in
            try await db.execute("CREATE TABLE t (a int); INSERT INTO t VALUES (1)")
            let first = try #require(try await db.query("SELECT * FROM t").first)
            #expect(throws: PostgresError.self) { try first.decode(String.self, "b") }
            try await db.execute("ALTER TABLE t ADD b text DEFAULT 'x'")
            let widened = try #require(try await db.query("SELECT * FROM t").first)
            #expect(try widened.decode(String.self, "b") == "x")
            try await db.execute("DEALLOCATE ALL")
            let preparedAgain = try #require(try await db.query("SELECT * FROM t").first)
            #expect(try preparedAgain.decode(String.self, "b") == "x")
        }
    }

    @Test("A statement that makes room for another may have been dropped by somebody else")
    func evictingWhatIsGone() async throws {
        try await TestDatabase.withFresh { url in
            let db = try await PostgresConnection.connect(
                PostgresConfiguration(connectionString: url, applicationName: "tests", statementCacheSize: 1))
            _ = try await db.query("SELECT 1")
            try await db.execute("DISCARD ALL")
            let row = try await db.query("SELECT 2 AS n").first
            #expect(try row?.decode(Int.self, "n") == 2)
        }
    }

    @Test("The wrong number of parameters is told before anything runs")
    func parameterCount() async throws {
        try await TestDatabase.withConnection { db in
            let misuse = PostgresError.misuse(reason: "the statement takes 1 parameters and got 2")
            await #expect(throws: misuse) { try await db.query("SELECT $1::int", [1, 2]) }
        }
    }

    @Test("A zero byte is refused and not cut off", arguments: [256, 0])
    func zeroBytes(cacheSize: Int) async throws {
        try await TestDatabase.withFresh { url in
            let db = try await PostgresConnection.connect(
                PostgresConfiguration(connectionString: url, applicationName: "tests", statementCacheSize: cacheSize))
            await #expect(throws: PostgresError.self) { try await db.query("SELECT $1::text", ["a\0b"]) }
            await #expect(throws: PostgresError.self) { try await db.query("SELECT $1::jsonb", ["\"a\0b\""]) }
            await #expect(throws: PostgresError.self) { try await db.execute("SELECT 1\0; SELECT 2") }
            let following = try await db.query("SELECT 1").count
            #expect(following == 1)
        }
    }

    @Test("A script runs as one transaction, and its first error is the one thrown")
    func scripts() async throws {
        try await TestDatabase.withConnection { db in
            let error = await #expect(throws: PostgresError.self) {
                try await db.execute("CREATE TABLE t (id int); SELECT 1/0; CREATE TABLE u (id int)")
            }
            #expect(error?.sqlState == "22012")
            let rows = try await db.query("SELECT to_regclass('t')::text AS t")
            #expect(try #require(rows.first).decode(String?.self, "t") == nil)
        }
    }

    @Test("A COPY in a script is refused, and the connection goes on")
    func copyInScript() async throws {
        try await TestDatabase.withConnection { db in
            for script in ["CREATE TABLE t (id int); COPY t FROM STDIN; SELECT 1", "COPY (SELECT 1) TO STDOUT"] {
                await #expect(throws: PostgresError.self) { try await db.execute(script) }
                let following = try await db.query("SELECT 1").count
                #expect(following == 1)
            }
        }
    }

    @Test("Rows outlive their connection")
    func rowsOutliveConnection() async throws {
        try await TestDatabase.withConnection { db in
            let rows = try await db.query("SELECT g::text AS t FROM generate_series(1, 3) g")
            await db.close()
            #expect(try rows.map { try $0.decode(String.self, "t") } == ["1", "2", "3"])
            await #expect(throws: PostgresError.misuse(reason: "the connection was closed")) {
                try await db.query("SELECT 1")
            }
        }
    }
}
