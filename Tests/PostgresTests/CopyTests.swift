import Concurrency
import Postgres
import TestSupport
import Testing

@Suite struct CopyTests {
    private struct Refusal: Error, Equatable {}

    private func count(_ db: PostgresConnection) async throws -> Int {
        try #require(try await db.query("SELECT count(*) AS n FROM t").first).decode(Int.self, "n")
    }

    @Test("A hundred thousand rows are copied in")
    func manyRows() async throws {
        try await TestDatabase.withConnection { db in
            try await db.execute("CREATE TABLE t (id bigint, url text, note text)")
            let copied = try await db.copyIn("COPY t FROM STDIN (FORMAT binary)") { writer in
                for id in 0..<100_000 {
                    try writer.row([id, "https://example.org/\(id).jpg", id.isMultiple(of: 2) ? nil : "odd"])
                }
            }
            let row = try #require(
                try await db.query(
                    """
                    SELECT count(*) AS n, sum(id) AS total, count(note) AS odd,
                        count(*) FILTER (WHERE url = 'https://example.org/' || id || '.jpg') AS right_ones FROM t
                    """
                ).first)
            #expect(copied == 100_000)
            #expect(try row.decode(Int.self, "n") == 100_000)
            #expect(try row.decode(Int.self, "total") == 4_999_950_000)
            #expect(try row.decode(Int.self, "odd") == 50_000)
            #expect(try row.decode(Int.self, "right_ones") == 100_000)
        }
    }

    @Test("A producer that throws leaves nothing, and the connection goes on")
    func producerThrows() async throws {
        try await TestDatabase.withConnection { db in
            try await db.execute("CREATE TABLE t (id bigint)")
            await #expect(throws: Refusal()) {
                try await db.copyIn("COPY t FROM STDIN (FORMAT binary)") { writer in
                    for id in 0..<50_000 { try writer.row([id]) }
                    throw Refusal()
                }
            }
            let remaining = try await count(db)
            #expect(remaining == 0)
        }
    }

    @Test("What the server refuses in the middle is the error that comes out", arguments: [10, 200_000])
    func serverRefuses(rowsAfter: Int) async throws {
        try await TestDatabase.withConnection { db in
            try await db.execute("CREATE TABLE t (id bigint PRIMARY KEY)")
            let error = await #expect(throws: PostgresError.self) {
                try await db.copyIn("COPY t FROM STDIN (FORMAT binary)") { writer in
                    try writer.row([1])
                    try writer.row([1])
                    for id in 0..<rowsAfter { try writer.row([id + 2]) }
                }
            }
            #expect(error?.sqlState == "23505")
            let remaining = try await count(db)
            #expect(remaining == 0)
        }
    }

    @Test("A value that cannot be of its column's type is refused by name, before the server sees it")
    func wrongType() async throws {
        try await TestDatabase.withConnection { db in
            try await db.execute("CREATE TABLE t (id integer)")
            let error = await #expect(throws: PostgresError.self) {
                try await db.copyIn(into: "t", columns: ["id"]) { try $0.row(["twelve"]) }
            }
            #expect(error == .encoding(parameter: "the value of column 1 (twelve)", type: "integer"))
            let remaining = try await count(db)
            #expect(remaining == 0)
        }
    }

    @Test(
        "Anything but a binary COPY from the client is refused, and the connection goes on",
        arguments: [
            "COPY t FROM STDIN", "COPY t TO STDOUT", "SELECT 1", "COPY missing FROM STDIN (FORMAT binary)",
        ])
    func wrongStatement(_ sql: String) async throws {
        try await TestDatabase.withConnection { db in
            try await db.execute("CREATE TABLE t (id bigint)")
            await #expect(throws: PostgresError.self) {
                try await db.copyIn(sql) { try $0.row([1]) }
            }
            let remaining = try await count(db)
            #expect(remaining == 0)
        }
    }

    @Test("What COPY writes comes in pieces of whole rows, and all of it")
    func copyOut() async throws {
        try await TestDatabase.withConnection { db in
            let pieces = Locked<[[UInt8]]>([])
            let rows = try await db.copyOut("COPY (SELECT generate_series(1, 100000)) TO STDOUT") { bytes in
                pieces.withLock { $0.append(Array(bytes)) }
            }
            let all = pieces.withLock { $0 }
            #expect(rows == 100_000)
            #expect(all.count > 1)
            #expect(all.allSatisfy { $0.last == UInt8(ascii: "\n") })
            let text = String(decoding: all.joined(), as: UTF8.self)
            #expect(text.split(separator: "\n").elementsEqual((1...100_000).map { Substring("\($0)") }))
        }
    }

    @Test("A reader that throws stops the COPY, and the connection goes on")
    func copyOutReaderThrows() async throws {
        try await TestDatabase.withConnection { db in
            await #expect(throws: Refusal()) {
                try await db.copyOut("COPY (SELECT generate_series(1, 100000000)) TO STDOUT") { _ in throw Refusal() }
            }
            await #expect(throws: PostgresError.self) {
                try await db.copyOut("COPY (SELECT 1 / (3 - n) FROM generate_series(1, 5) AS n) TO STDOUT") { _ in }
            }
            await #expect(throws: PostgresError.self) { try await db.copyOut("SELECT 1") { _ in } }
            let row = try await db.query("SELECT 7 AS n").first
            #expect(try row?.decode(Int.self, "n") == 7)
        }
    }
}
