import Archive
import Density
import Digest
import FoundationEssentials
import Postgres
import TestSupport
import Testing

/// The page of queries, run as it stands.
@Suite struct QueryPageTests {
    /// Titles and statements of the page.
    private static func queries() throws -> [(title: String, statement: String)] {
        let page = String(decoding: try SharedData.bytes(of: Checkout.root + "/Sources/QUERIES.md"), as: UTF8.self)
        let parts = page.split(separator: "```sql\n")
        return parts.indices.dropFirst().map { index in
            let statement = parts[index].prefix { $0 != "`" }
            let title = parts[index - 1].split(separator: "\n").last.map { String($0) } ?? ""
            return (title, String(statement))
        }
    }

    @Test("every query of the page runs, and finds something in a set that was counted twice")
    func all() async throws {
        let queries = try Self.queries()
        #expect(queries.count == 20)
        try await TestArchive.withFresh { archive, connection in
            try await Self.fill(archive)
            // By nothing but an owner's own SQL; it has no year.
            _ = try await connection.query("UPDATE headcount.images SET taken_at = 'infinity' WHERE number = 5")
            for query in queries {
                do {
                    #expect(try await !connection.query(query.statement).isEmpty, "\(query.title)")
                } catch {
                    Issue.record("\(query.title) \(error)")
                }
            }
        }
    }

    @Test("what the page groups by year and day does not depend on the time zone of whoever asks")
    func timeZone() async throws {
        let byYear = try #require(try Self.queries().first { $0.statement.contains("AS year") })
        let byDay = try #require(try Self.queries().first { $0.statement.contains("AS day") })
        try await TestArchive.withFresh { archive, connection in
            try await archive.enqueueForTest("museum", list: "url,taken_at\nhttp://h/1,1936-01-01\n")
            let worker = try await archive.registerTestWorker()
            let shard = try #require(try await archive.claim(worker: worker, lease: .seconds(600)).first)
            _ = try await archive.record([.test(1)], [], of: shard.lease, worker: worker, finish: true)
            _ = try await connection.query("UPDATE headcount.counts SET counted_at = '2026-01-01 00:30+00'")
            for zone in ["America/Los_Angeles", "Pacific/Auckland"] {
                try await connection.execute("SET TimeZone = '\(zone)'")
                #expect(try await connection.query(byYear.statement).first?.decode(Int.self, "year") == 1936)
                let day = try await connection.query("SELECT day::text AS day FROM (\(byDay.statement.dropLast(2))) q")
                #expect(try day.first?.decode(String.self, "day") == "2026-01-01")
            }
        }
    }

    /// Two runs of seven images: five are counted in both, two of them alike, one fails for good, one is tried again.
    private static func fill(_ archive: Archive) async throws {
        var list = "url,key,taken_at,place\n"
        for number in 1...8 { list += "http://host/\(number).jpg,k\(number),1936-08-0\(number),Berlin\n" }
        try await archive.enqueueForTest("museum", list: list)
        _ = try await archive.recount(EnqueueRequest(set: "museum", plan: .grid(rows: 1, columns: 1)))
        let worker = try await archive.registerTestWorker()
        for _ in 1...2 {
            let shard = try #require(try await archive.claim(worker: worker, lease: .seconds(600), images: 8).first)
            let map = DensityMap(size: PixelSize(width: 2, height: 2), cells: [1, 2, 3, 4])
            let counts = try (1...5).map { number in
                CountResult(
                    image: number, count: Double(number * shard.run), tiles: 1, width: 640, height: 480,
                    pictureDigest: try SHA256Digest(of: [UInt8(number / 2)]), pictureBytes: 1000,
                    times: StepTimes(fetch: .zero, decode: .zero, infer: .zero), density: StoredDensity(map))
            }
            let failures = [
                FailureResult(image: 6, failure: .corrupt, detail: "cut"),
                FailureResult(image: 7, failure: .timeout, detail: "slow"),
            ]
            #expect(
                try await archive.record(counts, failures, of: shard.lease, worker: worker, finish: false)?.lastImage
                    == 8)
        }
    }
}
