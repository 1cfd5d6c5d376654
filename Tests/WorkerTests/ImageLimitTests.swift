import Archive
import Density
import Imaging
import Postgres
import TestSupport
import Testing

@testable import Worker

/// Pictures of many pages, which may claim more work than a picture is worth.
@Suite(.enabled(if: TestNetwork.isPresent, Comment(rawValue: TestNetwork.absence)))
struct ImageLimitTests {
    private static let dot = TestPictures.noise(PixelSize(width: 4, height: 4), seed: 1)

    /// A TIFF of so many small pages, and a picture beside it.
    private func failures(
        pages: Int, plan: TilePlan, settings change: @escaping (inout WorkerSettings) -> Void = { _ in }
    ) async throws -> [String: String] {
        try await WorkerBench.with(tile: PixelSize(width: 4, height: 4)) { bench in
            try bench.folder.write(
                TestPictures.tiff(Array(repeating: (Self.dot, 0), count: pages)), to: "pages.tiff")
            try bench.folder.write(TestPictures.tiff([(Self.dot, 0)]), to: "page.tiff")
            try await bench.enqueue(["pages.tiff", "page.tiff"], plan: plan)
            let worker = try await bench.worker {
                $0.pages = .all
                change(&$0)
            }
            _ = try await worker.run()
            #expect(try await bench.counts()["page.tiff"] != nil)
            return try await bench.failures()
        }
    }

    @Test("a picture of more pages than one may have tiles is too large, before any is decoded")
    func pages() async throws {
        let failures = try await failures(pages: ImageCounter.mostTiles + 1, plan: .grid(rows: 1, columns: 1))
        #expect(failures == ["pages.tiff": "too_large"])
    }

    @Test("a picture whose pages come to more tiles than one may have is too large")
    func tiles() async throws {
        let most = ImageCounter.mostTiles / (TilePlan.gridLimit * TilePlan.gridLimit)
        let failures = try await failures(
            pages: most + 1, plan: .grid(rows: TilePlan.gridLimit, columns: TilePlan.gridLimit))
        #expect(failures == ["pages.tiff": "too_large"])
    }

    @Test("a picture that is too large for this worker's memory alone is too large, and its failure says what to do")
    func memory() async throws {
        try await WorkerBench.with { bench in
            let size = PixelSize(width: 200, height: 200)
            try bench.folder.write(PictureEncoder.png(TestPictures.noise(size, seed: 1)), to: "heavy.png")
            try await bench.enqueue(["heavy.png"])
            let worker = try await bench.worker { $0.memory = 360_000 }
            #expect(try await worker.run().failures == [.tooLarge: 1])
            let rows = try await bench.connection.query("SELECT detail FROM headcount.failures")
            let detail = try #require(try rows.first?.decode(String.self, "detail"))
            #expect(detail.contains("larger than the 60000 bytes") && detail.contains("--memory"), "\(detail)")
            _ = try await bench.archive.retry("set")
            #expect(try await bench.worker().run().counted == 1)
        }
    }

    @Test("pages that take longer to decode than one picture may end it, and a picture of one page is none of these")
    func time() async throws {
        let failures = try await failures(pages: 3, plan: .grid(rows: 1, columns: 1)) { $0.longestDecoding = .zero }
        #expect(failures == ["pages.tiff": "decoder"])
    }
}
