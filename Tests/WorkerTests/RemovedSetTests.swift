import Archive
import Concurrency
import Density
import Digest
import HTTPServer
import Imaging
import Postgres
import TestSupport
import Testing
import Worker

/// `headcount cancel` and `headcount rm` of a set while workers are at it: they go on with other sets.
@Suite(.enabled(if: TestNetwork.isPresent, Comment(rawValue: TestNetwork.absence)))
struct RemovedSetTests {
    private static let size = PixelSize(width: 48, height: 32)

    /// Removes a set over a connection of its own, and ends the transaction once somebody waits for it.
    /// - Parameter asking: begins what waits.
    private func remove(
        _ set: String, of bench: WorkerBench, untilBlocked function: String, asking: () -> Void
    ) async throws {
        let other = try await PostgresConnection.connect(bench.connection.configuration)
        try await other.execute("BEGIN; SELECT headcount.cancel('\(set)'); SELECT headcount.remove_set('\(set)')")
        let remover = try await other.query("SELECT pg_backend_pid() AS id").first?.decode(Int.self, "id")
        asking()
        try await waitUntil("\(function) to wait for the removal") {
            // Not over the other connection: within a transaction it sees what statements there were at first. A heartbeat or
            // a claim may come first, and the function waits for its connection then.
            try await !bench.connection.query(
                """
                SELECT FROM pg_stat_activity a
                WHERE $1::integer = ANY (pg_blocking_pids(a.pid))
                    AND (a.query LIKE '%' || $2 || '%' OR a.query LIKE '%heartbeat%' OR a.query LIKE '%claim%')
                """, [try #require(remover), function]
            ).isEmpty
        }
        try await other.execute("COMMIT")
        await other.close()
    }

    @Test("a worker that asks for known counts while the set is removed goes on")
    func whileAskingForKnownCounts() async throws {
        let (held, letGo) = AsyncStream.makeStream(of: Void.self)
        let asked = Locked(false)
        let bytes = try PictureEncoder.png(TestPictures.noise(Self.size, seed: 1))
        let server = try HTTPServer.serving(port: 0) { _ in
            asked.withLock { $0 = true }
            for await _ in held {}
            return HTTPResponse(status: 200, body: .bytes(bytes))
        }
        defer { server.stop() }
        defer { letGo.finish() }
        try await WorkerBench.with { bench in
            _ = try TestPictures.write(2, of: Self.size, to: bench.folder)
            try await bench.enqueue(["\(server.url)/held.png"], set: "doomed")
            let worker = try await bench.worker(drain: false)
            let running = Task { try await worker.run() }
            try await waitUntil("the picture to be fetched") { asked.withLock { $0 } }
            try await remove("doomed", of: bench, untilBlocked: "known_count") { letGo.finish() }
            try await bench.enqueue(["1.png", "2.png"])
            try await bench.wait(until: "(SELECT counted FROM headcount.progress) = 2")
            worker.stop()
            #expect(try await running.value.counted == 2)
        }
    }

    @Test("earlier counts of a set that is being removed are none, and so are known ones")
    func earlierCounts() async throws {
        try await WorkerBench.with { bench in
            let digest = try SHA256Digest(of: [1])
            for ask in [false, true] {
                try await bench.enqueue(["1.png"], set: "doomed")
                let run = try await bench.archive.recount(EnqueueRequest(set: "doomed"))
                let worker = try await bench.archive.registerTestWorker()
                // It waits, and its connection with it.
                let second = try await PostgresConnection.connect(bench.connection.configuration)
                let archive = Archive(second)
                let (begun, begin) = AsyncStream.makeStream(of: Void.self)
                let asking = Task {
                    for await _ in begun {}
                    if ask {
                        let known = try await archive.knownCount(
                            of: digest, run: run, preprocessing: 1, worker: worker)
                        return known == nil
                    }
                    let earlier = try await archive.earlierCounts(
                        of: [1], run: run, preprocessing: 1, worker: worker)
                    return earlier.isEmpty
                }
                try await remove("doomed", of: bench, untilBlocked: ask ? "known_count" : "earlier_counts") {
                    begin.finish()
                }
                #expect(try await asking.value)
                await second.close()
            }
        }
    }

    @Test("a worker that comes to an image of a set that is gone leaves it, and goes on with the others")
    func beforeItIsStarted() async throws {
        try await WorkerBench.with { bench in
            _ = try TestPictures.write(64, of: Self.size, to: bench.folder)
            try await bench.enqueue((1...64).map { "\($0).png" })
            let decoder = HeldDecoder()
            defer { decoder.release() }
            let worker = try await bench.worker(decoder: decoder) {
                $0.imagesInFlight = 1
                // So that nothing is known of the run when its first image starts, and no heartbeat tells it before.
                $0.dedupe = false
                $0.lease = .seconds(3600)
            }
            let running = Task { try await worker.run() }
            try await bench.wait(
                until: "EXISTS (SELECT FROM headcount.shards WHERE headcount.multirange_size(images) > 1)")
            try await bench.enqueue(["1.png"], set: "doomed", priority: 1)
            try await bench.wait(
                until: "EXISTS (SELECT FROM headcount.shards WHERE run_id = 2 AND worker_id IS NOT NULL)")
            try await bench.connection.execute(
                "SELECT headcount.cancel('doomed'); SELECT headcount.remove_set('doomed')")
            decoder.release()
            #expect(try await running.value.counted == 64)
            #expect(try await bench.counts().count == 64)
        }
    }
}
