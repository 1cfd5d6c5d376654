import Archive
import Concurrency
import Density
import Imaging
import Postgres
import TestSupport
import Testing

@testable import Worker

/// Single images of which nothing can be written, or that end as nobody foresaw.
@Suite(.enabled(if: TestNetwork.isPresent, Comment(rawValue: TestNetwork.absence)))
struct RefusedResultTests {
    private static let size = PixelSize(width: 48, height: 32)

    /// A set of ten pictures, and `odd.png` of another size among them.
    private func withOddPicture(_ body: (WorkerBench) async throws -> Void) async throws {
        try await WorkerBench.with(tile: Self.size) { bench in
            _ = try TestPictures.write(10, of: Self.size, to: bench.folder)
            try bench.write("odd.png", of: PixelSize(width: 96, height: 32))
            try await bench.enqueue((1...5).map { "\($0).png" } + ["odd.png"] + (6...10).map { "\($0).png" })
            try await body(bench)
        }
    }

    @Test("a count that the database refuses fails its own image, and all others are counted by the same worker")
    func count() async throws {
        try await withOddPicture { bench in
            _ = try await bench.connection.query("ALTER TABLE headcount.counts ADD CHECK (width <> 96)")
            let told = Locked<[String]>([])
            let worker = try await bench.worker {
                // One write for all of a shard.
                $0.recordInterval = .seconds(600) ... .seconds(600)
                $0.refusedWait = .zero
            } onEvent: { event in
                if case .failed(_, let failure, let detail) = event {
                    told.withLock { $0.append("\(failure.rawValue): \(detail)") }
                }
            }
            let progress = try await worker.run()
            #expect(progress.counted == 10)
            #expect(progress.failures == [.engine: 3])
            #expect(try await bench.counts().count == 10)
            #expect(try await bench.failures() == ["odd.png": "engine"])
            #expect(try await bench.archive.progress(ofSet: "set").map(\.state) == ["done"])
            let lines = told.withLock { $0 }
            #expect(lines.count == 3 && lines.allSatisfy { $0.hasPrefix("engine: its result cannot be written: ") })
        }
    }

    @Test(
        "where every count is refused the worker ends, nothing is noted against any image, and all are counted later",
        arguments: [Duration.seconds(600), .milliseconds(1)])
    func everyCount(recordInterval: Duration) async throws {
        try await WorkerBench.with(tile: Self.size) { bench in
            _ = try TestPictures.write(20, of: Self.size, to: bench.folder)
            try await bench.enqueue((1...20).map { "\($0).png" })
            _ = try await bench.connection.query(
                "ALTER TABLE headcount.counts ADD CONSTRAINT somebodys CHECK (width <> 48)")
            let worker = try await bench.worker {
                $0.imagesInFlight = 2
                $0.recordInterval = recordInterval...recordInterval
            }
            let error = await #expect(throws: WorkerError.self) { try await worker.run() }
            guard case .countsRefused(let images, let reason)? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(images > Worker.mostRefused)
            #expect(reason.contains("somebodys"))
            #expect(try await bench.connection.query("SELECT FROM headcount.failures").isEmpty)
            #expect(try await bench.connection.query("SELECT FROM headcount.shards WHERE worker_id > 0").isEmpty)
            _ = try await bench.connection.query("ALTER TABLE headcount.counts DROP CONSTRAINT somebodys")
            // Some wait for a while: that is of no interest.
            _ = try await bench.connection.query("UPDATE headcount.shards SET available_at = now()")
            #expect(try await bench.worker().run().counted == 20)
        }
    }

    @Test("a picture takes over no count that was never written: it is counted itself")
    func takenOver() async throws {
        try await WorkerBench.with(tile: Self.size) { bench in
            let bytes = try PictureEncoder.png(TestPictures.noise(Self.size, seed: 1))
            for name in ["a.png", "b.png", "c.png"] { try bench.folder.write(bytes, to: name) }
            try bench.write("other.png", of: PixelSize(width: 96, height: 32))
            try await bench.enqueue(["a.png", "b.png", "c.png", "other.png"])
            _ = try await bench.connection.query("ALTER TABLE headcount.counts ADD CHECK (image <> 1)")
            let worker = try await bench.worker {
                $0.imagesInFlight = 1
                $0.recordInterval = .seconds(600) ... .seconds(600)
                $0.refusedWait = .zero
            }
            #expect(try await worker.run().counted == 3)
            #expect(try await bench.failures() == ["a.png": "engine"])
            let sources = try await bench.connection.query(
                "SELECT source_image FROM headcount.results WHERE source_image IS NOT NULL")
            // One of the others was counted, and gave its count to the third.
            let numbers = try sources.map { try $0.decode(Int.self, "source_image") }
            #expect(numbers == [2] || numbers == [3])
        }
    }

    @Test("a failure that the database refuses for its words becomes one that it takes")
    func failure() async throws {
        try await withOddPicture { bench in
            _ = try await bench.connection.query("ALTER TABLE headcount.failures ADD CHECK (class <> 'not_found')")
            try await bench.enqueue(["missing.png"])
            #expect(try await bench.worker().run().counted == 11)
            #expect(try await bench.failures() == ["missing.png": "engine"])
        }
    }

    @Test("an image that ends as nobody foresaw fails, and the worker goes on")
    func unforeseen() async throws {
        try await withOddPicture { bench in
            // Asked about every picture that was fetched.
            _ = try await bench.connection.query("CREATE TABLE headcount.odd (content bytea)")
            try await bench.connection.execute(
                Self.knownCounts(failingIf: "digest = (SELECT sha256(content) FROM odd)"))
            let bytes = try PictureEncoder.png(TestPictures.noise(PixelSize(width: 96, height: 32), seed: 1))
            _ = try await bench.connection.query("INSERT INTO headcount.odd VALUES ($1)", [bytes])
            #expect(try await bench.worker().run().counted == 10)
            #expect(try await bench.failures() == ["odd.png": "engine"])
        }
    }

    @Test("a worker that meets what nobody foresaw with every image ends, and has used up hardly any attempts")
    func unforeseenEverywhere() async throws {
        try await withOddPicture { bench in
            try await bench.connection.execute(Self.knownCounts(failingIf: "true"))
            let worker = try await bench.worker()
            await #expect(throws: WorkerError.self) { try await worker.run() }
            let failed = try await bench.connection.query("SELECT DISTINCT image FROM headcount.failures")
            #expect(failed.count <= Worker.mostUnforeseen)
            #expect(try await bench.connection.query("SELECT FROM headcount.shards WHERE worker_id > 0").isEmpty)
        }
    }

    /// The function that knows earlier counts, which now fails for some pictures.
    private static func knownCounts(failingIf condition: String) -> String {
        """
        CREATE OR REPLACE FUNCTION headcount.known_count(
            run integer, digest bytea, with_preprocessing smallint, worker bigint)
        RETURNS TABLE (count double precision, tiles smallint, width integer, height integer, source_run integer,
            source_image bigint)
        LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = headcount, pg_catalog, pg_temp AS $$
        BEGIN
            IF \(condition) THEN RAISE 'nobody foresaw this'; END IF;
        END $$
        """
    }
}
