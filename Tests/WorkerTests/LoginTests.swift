import Archive
import Density
import Postgres
import TestSupport
import Testing
import Worker

/// A worker that has the rights of a worker and no others.
@Suite(.enabled(if: TestNetwork.isPresent, Comment(rawValue: TestNetwork.absence)))
struct LoginTests {
    @Test("a worker in the role headcount_worker lives its whole life, in two runs, with connections that are cut")
    func wholeLife() async throws {
        try await WorkerBench.with { bench in
            _ = try TestPictures.write(80, of: PixelSize(width: 48, height: 32), to: bench.folder)
            try await bench.enqueue((1...80).map { "\($0).png" } + ["missing.png"])
            try await TestDatabase.withLogin(in: "headcount_worker", bench.connection) { login in
                for run in 1...2 {
                    // The second asks for what the first counted.
                    if run == 2 { _ = try await bench.archive.recount(EnqueueRequest(set: "set")) }
                    let (settled, settle) = AsyncStream.makeStream(of: WorkerProgress.self)
                    let worker = try await bench.worker(
                        as: login,
                        settings: {
                            $0.imagesInFlight = 4
                            $0.recordInterval = .milliseconds(10) ... .milliseconds(10)
                            $0.lease = .seconds(3)
                        }, onProgress: { settle.yield($0) })
                    let running = Task {
                        defer { settle.finish() }
                        return try await worker.run()
                    }
                    var looks = 0
                    for await _ in settled {
                        looks += 1
                        guard looks.isMultiple(of: 8) else { continue }
                        _ = try await bench.connection.query(
                            """
                            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                            WHERE datname = current_database() AND application_name = 'worker'
                            """)
                    }
                    _ = try await running.value
                }
                let owners = try await bench.connection.query(
                    "SELECT FROM pg_roles WHERE rolname = $1 AND NOT rolsuper", [login])
                #expect(owners.count == 1)
            }
            #expect(try await bench.archive.progress(ofSet: "set").map(\.counted) == [80, 80])
            #expect(try await bench.archive.progress(ofSet: "set").map(\.failed) == [1, 1])
        }
    }
}
