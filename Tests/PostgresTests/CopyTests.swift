import Concurrency
import Postgres
import TestSupport
import Testing

@Suite struct CopyTests {
    private struct Refusal: Error, Equatable {}

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
