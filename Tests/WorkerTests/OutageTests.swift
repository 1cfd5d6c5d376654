import Archive
import Concurrency
import Density
import Glibc
import Postgres
import TestSupport
import Testing
import Worker

/// A worker whose database goes away.
@Suite(.enabled(if: TestNetwork.isPresent, Comment(rawValue: TestNetwork.absence)))
struct OutageTests {
    @Test("a database that is killed and started again loses nothing: every image is counted once")
    func restart() async throws {
        let folder = try TemporaryFolder()
        // Under root the server has an account of its own, which must come through here.
        chmod(folder.path, 0o755)
        let cluster = LocalCluster(folder: folder.path + "/postgres")
        try await cluster.start()
        do {
            try await restart(cluster)
            try await cluster.remove()
        } catch {
            try? await cluster.remove()
            throw error
        }
    }

    private func restart(_ cluster: LocalCluster) async throws {
        let url = try cluster.url()
        try await WorkerBench.with(databaseURL: url) { bench in
            let pictures = try TestPictures.write(240, of: PixelSize(width: 48, height: 32), to: bench.folder)
            try await bench.enqueue((1...240).map { "\($0).png" })
            let (settled, settle) = AsyncStream.makeStream(of: WorkerProgress.self)
            let events = Locked<[String]>([])
            let worker = try await bench.worker(
                settings: {
                    $0.imagesInFlight = 4
                    $0.recordInterval = .milliseconds(10) ... .milliseconds(10)
                },
                onEvent: { event in
                    switch event {
                    case .databaseAway: events.withLock { $0.append("away") }
                    case .databaseBack: events.withLock { $0.append("back") }
                    default: break
                    }
                }, onProgress: { settle.yield($0) })
            let running = Task {
                defer { settle.finish() }
                return try await worker.run()
            }
            for await progress in settled where progress.counted >= 5 { break }
            try await cluster.stop(immediately: true)
            try await cluster.start()
            #expect(try cluster.url() == url)
            _ = try await running.value
            let told = events.withLock { $0 }
            #expect(told.count.isMultiple(of: 2) && told.prefix(2) == ["away", "back"], "\(told)")
            // A connection that broke is known to have when it is next used.
            _ = try? await bench.connection.query("SELECT")
            try await bench.archive.reconnect()
            let counts = try await bench.counts()
            #expect(counts.count == 240)
            for (number, picture) in pictures.enumerated() {
                let count = try #require(counts["\(number + 1).png"])
                let formula = TestNetwork.count(picture)
                #expect(abs(count - formula) < 1e-4 * formula)
            }
            #expect(try await bench.connection.query("SELECT FROM headcount.shards").isEmpty)
        }
    }

    @Test("a database that is away for longer than the lease costs no picture a second fetch, and no lease")
    func longAway() async throws {
        let folder = try TemporaryFolder()
        chmod(folder.path, 0o755)
        let cluster = LocalCluster(folder: folder.path + "/postgres")
        try await cluster.start()
        do {
            try await longAway(cluster)
            try await cluster.remove()
        } catch {
            try? await cluster.remove()
            throw error
        }
    }

    private func longAway(_ cluster: LocalCluster) async throws {
        try await WorkerBench.with(databaseURL: try cluster.url()) { bench in
            _ = try TestPictures.write(60, of: PixelSize(width: 48, height: 32), to: bench.folder)
            try await bench.enqueue((1...60).map { "\($0).png" })
            let (settled, settle) = AsyncStream.makeStream(of: WorkerProgress.self)
            let lost = Locked(0)
            let worker = try await bench.worker(
                settings: {
                    $0.imagesInFlight = 4
                    $0.lease = .seconds(3)
                    $0.recordInterval = .milliseconds(10) ... .milliseconds(10)
                },
                onEvent: { event in
                    if case .leasesLost(let count) = event { lost.withLock { $0 += count } }
                }, onProgress: { settle.yield($0) })
            let running = Task {
                defer { settle.finish() }
                return try await worker.run()
            }
            for await progress in settled where progress.counted >= 5 { break }
            try await cluster.stop()
            let over = ContinuousClock.now + .seconds(6)
            try await waitUntil("twice the time of the lease") { ContinuousClock.now >= over }
            try await cluster.start()
            #expect(try await running.value.counted == 60)
            #expect(lost.withLock { $0 } == 0)
            let requests = bench.requests.withLock { $0 }
            #expect(requests.count == 60 && requests.values.allSatisfy { $0 == 1 }, "\(requests)")
        }
    }

    @Test("connections that are cut again and again are made anew, and nothing is counted twice")
    func cutConnections() async throws {
        try await WorkerBench.with { bench in
            _ = try TestPictures.write(80, of: PixelSize(width: 48, height: 32), to: bench.folder)
            try await bench.enqueue((1...80).map { "\($0).png" })
            let (settled, settle) = AsyncStream.makeStream(of: WorkerProgress.self)
            let worker = try await bench.worker(
                settings: {
                    $0.imagesInFlight = 4
                    $0.recordInterval = .milliseconds(10) ... .milliseconds(10)
                }, onProgress: { settle.yield($0) })
            let running = Task {
                defer { settle.finish() }
                return try await worker.run()
            }
            var cuts = 0
            var looks = 0
            for await _ in settled {
                looks += 1
                guard looks.isMultiple(of: 10), cuts < 6 else { continue }
                cuts += 1
                _ = try await bench.connection.query(
                    """
                    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE datname = current_database() AND application_name = 'worker'
                    """)
            }
            _ = try await running.value
            #expect(cuts == 6)
            #expect(try await bench.counts().count == 80)
            #expect(try await bench.archive.progress(ofSet: "set").map(\.counted) == [80])
        }
    }

    @Test("a worker whose database does not come back ends with the error of the connection")
    func patience() async throws {
        try await WorkerBench.with { bench in
            let lost = try await bench.worker { $0.databasePatience = .zero }
            _ = try await bench.connection.query(
                """
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND application_name = 'worker'
                """)
            let error = await #expect(throws: PostgresError.self) { try await lost.run() }
            #expect(error?.isConnectionLost == true)
        }
    }
}
