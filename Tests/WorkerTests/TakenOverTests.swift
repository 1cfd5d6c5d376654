import Archive
import Concurrency
import Density
import HTTPServer
import Imaging
import Postgres
import TestSupport
import Testing
import Worker

/// Counts that are taken over from other workers and from earlier runs.
@Suite(.enabled(if: TestNetwork.isPresent, Comment(rawValue: TestNetwork.absence)))
struct TakenOverTests {
    private static let size = PixelSize(width: 48, height: 32)

    /// The images of a run whose count was taken over, with what it was taken from.
    private func sources(_ bench: WorkerBench, run: Int) async throws -> [Int: CountSource] {
        let rows = try await bench.connection.query(
            """
            SELECT image, source_run, source_image FROM headcount.results
            WHERE run_id = $1::integer AND source_run IS NOT NULL
            """, [run])
        return try Dictionary(
            uniqueKeysWithValues: rows.map { row in
                (
                    try row.decode(Int.self, "image"),
                    CountSource(
                        run: try row.decode(Int.self, "source_run"), image: try row.decode(Int.self, "source_image"))
                )
            })
    }

    @Test("a picture that another worker of the run counted under another URL takes its count, and says whence")
    func acrossWorkers() async throws {
        try await WorkerBench.with { bench in
            let bytes = try PictureEncoder.png(TestPictures.noise(Self.size, seed: 1))
            for name in ["a.png", "b.png", "c.png"] { try bench.folder.write(bytes, to: name) }
            try await bench.enqueue(["a.png"])
            #expect(try await bench.worker().run().counted == 1)
            try await bench.enqueue(["a.png", "b.png", "c.png"])
            #expect(try await bench.worker { $0.imagesInFlight = 1 }.run().counted == 2)
            let from = CountSource(run: 1, image: 1)
            #expect(try await sources(bench, run: 1) == [2: from, 3: from])
            let counts = try await bench.counts()
            #expect(counts.count == 3 && Set(counts.values).count == 1)
        }
    }

    @Test("a worker that is to count everything anew does, and one with other settings takes nothing over")
    func anew() async throws {
        try await WorkerBench.with { bench in
            let bytes = try PictureEncoder.png(TestPictures.noise(Self.size, seed: 1))
            for name in ["a.png", "b.png", "c.png"] { try bench.folder.write(bytes, to: name) }
            try await bench.enqueue(["a.png"])
            _ = try await bench.worker().run()
            try await bench.enqueue(["a.png", "b.png"])
            _ = try await bench.worker { $0.dedupe = false }.run()
            try await bench.enqueue(["a.png", "b.png", "c.png"])
            _ = try await bench.worker { $0.pages = .all }.run()
            #expect(try await sources(bench, run: 1) == [:])
            #expect(Set(try await bench.counts().values).count == 1)
        }
    }

    @Test("a run of a set that was counted before asks what changed, and takes over the counts of the rest")
    func unchanged() async throws {
        let changed = Locked(false)
        let asked = Locked<[String]>([])
        let pictures = try (1...3).map { try PictureEncoder.png(TestPictures.noise(Self.size, seed: UInt64($0))) }
        let server = try HTTPServer(port: 0) { request in
            let number = Int(request.path.dropFirst().prefix { $0 != "." }) ?? 0
            let isNew = number == 2 && changed.withLock { $0 }
            let tag = "\"\(number)-\(isNew)\""
            if let known = request.header("If-None-Match") {
                asked.withLock { $0.append("\(number) \(known)") }
                let headers = [HTTPHeader("ETag", tag)]
                if known == tag { return HTTPResponse(status: 304, headers: headers, body: .empty) }
            }
            let bytes = isNew ? pictures[2] : pictures[number - 1]
            return HTTPResponse(status: 200, headers: [HTTPHeader("ETag", tag)], body: .bytes(bytes))
        }
        defer { server.stop() }
        try await WorkerBench.with { bench in
            try await bench.enqueue((1...2).map { "\(server.url)/\($0).png" })
            _ = try await bench.worker().run()
            #expect(asked.withLock { $0 } == [])
            let before = try await bench.counts()
            changed.withLock { $0 = true }
            _ = try await bench.archive.recount(EnqueueRequest(set: "set"))
            #expect(try await bench.worker().run().counted == 2)
            #expect(asked.withLock { $0.sorted() } == ["1 \"1-false\"", "2 \"2-false\""])
            #expect(try await sources(bench, run: 2) == [1: CountSource(run: 1, image: 1)])
            let counts = try await bench.connection.query(
                "SELECT image, count, etag FROM headcount.counts WHERE run_id = 2 ORDER BY image")
            #expect(try counts.map { try $0.decode(String.self, "etag") } == ["\"1-false\"", "\"2-true\""])
            #expect(try counts.first?.decode(Double.self, "count") == before["1.png"])
            #expect(try counts.last?.decode(Double.self, "count") != before["2.png"])

            // Once more, without: nothing is asked, and everything counted.
            _ = try await bench.archive.recount(EnqueueRequest(set: "set"))
            asked.withLock { $0 = [] }
            _ = try await bench.worker { $0.dedupe = false }.run()
            #expect(asked.withLock { $0 } == [])
            #expect(try await sources(bench, run: 3) == [:])
        }
    }

    @Test("of a TIFF the first page is counted, or one that is named, or the sum of all that are no copies")
    func pages() async throws {
        try await WorkerBench.with(tile: PixelSize(width: 16, height: 16)) { bench in
            let pictures = (1...3).map { TestPictures.noise(PixelSize(width: 16, height: 16), seed: UInt64($0)) }
            // The second page is a copy, which no sum counts.
            let bytes = TestPictures.tiff([(pictures[0], 0), (pictures[1], 1), (pictures[2], 0)])
            try bench.folder.write(bytes, to: "pages.tiff")
            let each = pictures.map(TestNetwork.count)
            let wanted: [(PageChoice, Double)] = [
                (.first, each[0]), (.number(1), each[0]), (.number(2), each[1]), (.number(3), each[2]),
                (.all, each[0] + each[2]),
            ]
            for (number, (pages, people)) in wanted.enumerated() {
                let set = "set \(number)"
                try await bench.enqueue(["pages.tiff"], set: set, plan: .grid(rows: 1, columns: 1))
                #expect(try await bench.worker { $0.pages = pages }.run().counted == 1)
                let count = try #require(try await bench.counts(set: set)["pages.tiff"])
                #expect(abs(count - people) <= 1e-4 * people, "\(pages): \(count), by the formula \(people)")
            }
            try await bench.enqueue(["pages.tiff"], set: "beyond", plan: .grid(rows: 1, columns: 1))
            #expect(try await bench.worker { $0.pages = .number(4) }.run().counted == 0)
            #expect(try await bench.failures() == ["pages.tiff": "not_a_picture"])
        }
    }
}
