import Concurrency
import Density
import Imaging
import Postgres
import TestSupport
import Testing

@testable import Worker

/// A run whose shards somebody holds, as in a transaction that was left open, while a worker has results of them.
@Suite(.enabled(if: TestNetwork.isPresent, Comment(rawValue: TestNetwork.absence)))
struct LockedShardTests {
    private static let size = PixelSize(width: 48, height: 32)
    /// So many that a worker leases several together.
    private static let held = 64
    private static let free = 2

    private static let cancelling = "SELECT headcount.cancel('held')"

    /// Runs a worker that has counted some images of the set "held", for which `statement` holds locks in a transaction that
    /// stays open, and then those of the set "free".
    private func whileLocked(
        by statement: String = Self.cancelling, grace: Duration = .seconds(30),
        _ body: (WorkerBench, _ worker: Worker, _ running: Task<WorkerProgress, any Error>, _ lock: PostgresConnection)
            async throws -> Void
    ) async throws {
        try await WorkerBench.with(tile: Self.size) { bench in
            _ = try TestPictures.write(Self.held + Self.free, of: Self.size, to: bench.folder)
            try await bench.enqueue((1...Self.held).map { "\($0).png" }, set: "held")
            let decoder = HeldDecoder()
            let told = Locked(0)
            let worker = try await bench.worker(decoder: decoder) {
                $0.imagesInFlight = 1
                $0.grace = grace
                // Less than the server waits for a lock.
                $0.databasePatience = .seconds(1)
                $0.recordInterval = .milliseconds(1) ... .milliseconds(1)
            } onEvent: { event in
                if case .resultsLocked = event { told.withLock { $0 += 1 } }
            }
            let running = Task { try await worker.run() }
            defer {
                decoder.release()
                running.cancel()
            }
            try await bench.wait(
                until: "EXISTS (SELECT FROM headcount.shards WHERE run_id = 1 AND worker_id IS NOT NULL)")
            try await bench.enqueue((1...Self.free).map { "\(Self.held + $0).png" }, set: "free")
            let lock = try await PostgresConnection.connect(bench.connection.configuration)
            try await lock.execute("BEGIN; \(statement)")
            decoder.release()
            try await bench.wait(
                until: "(SELECT counted FROM headcount.progress WHERE set_name = 'free') = \(Self.free)")
            try await waitUntil("the lock to be told of") { told.withLock { $0 } > 0 }
            let written = try await bench.connection.query(
                "SELECT FROM headcount.progress WHERE set_name = 'held' AND counted > 0")
            #expect(written.isEmpty)
            try await body(bench, worker, running, lock)
            #expect(told.withLock { $0 } == 1)
            await lock.close()
        }
    }

    @Test(
        "they keep no other results from being written, and are written once they are free",
        arguments: [cancelling, "LOCK TABLE headcount.counts_1"])
    func others(statement: String) async throws {
        try await whileLocked(by: statement) { bench, _, running, lock in
            try await lock.execute("ROLLBACK")
            #expect(try await running.value.counted == Self.held + Self.free)
            #expect(try await bench.counts(set: "held").count == Self.held)
        }
    }

    @Test("a worker that is stopped meanwhile has them written, and gives the rest back")
    func stopped() async throws {
        try await whileLocked { bench, worker, running, lock in
            worker.stop()
            try await lock.execute("ROLLBACK")
            let counted = try await running.value.counted
            #expect(counted > Self.free)
            #expect(try await bench.counts(set: "held").count == counted - Self.free)
            #expect(try await bench.worker().run().counted == Self.held + Self.free - counted)
        }
    }

    @Test("a worker whose grace is over before ends as others do, and another counts them")
    func beyondGrace() async throws {
        try await whileLocked(grace: .milliseconds(1)) { bench, worker, running, lock in
            worker.stop()
            #expect(try await running.value.counted == Self.free)
            try await lock.execute("ROLLBACK")
            _ = try await bench.connection.query("UPDATE headcount.workers SET lease_until = clock_timestamp()")
            // The server may have written what the first was still asking for.
            #expect(try await bench.worker().run().counted > Self.held / 2)
            #expect(try await bench.counts(set: "held").count == Self.held)
        }
    }
}
