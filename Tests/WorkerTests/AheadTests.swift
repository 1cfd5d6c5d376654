import Archive
import Concurrency
import Density
import Postgres
import Telemetry
import TestSupport
import Testing

@testable import Worker

/// What a busy worker takes before what it holds.
@Suite(.enabled(if: TestNetwork.isPresent, Comment(rawValue: TestNetwork.absence)))
struct AheadTests {
    /// So many that a worker of which nothing is known claims several at once.
    private static let images = 64
    private static let small = PixelSize(width: 48, height: 32)
    private static let large = PixelSize(width: 96, height: 64)

    @Test("images of an urgent set are claimed while a worker is busy, and counted before what it holds already")
    func urgent() async throws {
        try await countWithUrgent { _ in }
    }

    @Test("what a killed worker held is claimed by a busy one once its lease is over, and counted before what it holds")
    func returned() async throws {
        try await WorkerBench.with { bench in
            _ = try TestPictures.write(Self.images, of: Self.small, to: bench.folder)
            try bench.write("lost.png", of: Self.large)
            try await bench.enqueue(["lost.png"] + (1...Self.images).map { "\($0).png" })
            let killed = try await bench.archive.registerTestWorker()
            let lost = try await bench.archive.claim(worker: killed, lease: .seconds(600), images: 1)
            #expect(lost.flatMap { $0.images.map(\.number) } == [1])
            try await whileBusy(bench, until: .returned) {
                _ = try await bench.connection.query(
                    "UPDATE headcount.workers SET lease_until = clock_timestamp() WHERE id = $1", [killed])
                try await bench.wait(
                    until: "EXISTS (SELECT FROM headcount.shards WHERE images @> 1::bigint AND worker_id <> \(killed))")
            }
            #expect(try await bench.counts().count == Self.images + 1)
        }
    }

    @Test("an urgent set is claimed and counted first, also where a busy worker has a share of what was given back")
    func urgentBeforeReturned() async throws {
        try await countWithUrgent { bench in
            let stopped = try await bench.archive.registerTestWorker()
            let held = try await bench.archive.claim(worker: stopped, lease: .seconds(600), images: 40)
            #expect(held.first?.images.count ?? 0 > 1)
            try await bench.archive.signOff(worker: stopped)
            try await bench.wait(until: "NOT EXISTS (SELECT FROM headcount.shards WHERE worker_id IS NULL)")
        }
    }

    /// Counts a set whose worker is busy while `before` is done and an urgent set then enqueued.
    private func countWithUrgent(after before: (WorkerBench) async throws -> Void) async throws {
        try await WorkerBench.with { bench in
            _ = try TestPictures.write(Self.images, of: Self.small, to: bench.folder)
            try await bench.enqueue((1...Self.images).map { "\($0).png" })
            try await whileBusy(bench, until: .urgent) {
                try await before(bench)
                try bench.write("urgent.png", of: Self.large)
                try await bench.enqueue(["urgent.png"], set: "urgent", priority: 1)
                try await bench.wait(
                    until: "EXISTS (SELECT FROM headcount.shards WHERE run_id = 2 AND worker_id IS NOT NULL)")
            }
            #expect(try await bench.counts().count == Self.images)
            #expect(try await bench.counts(set: "urgent").count == 1)
        }
    }

    @Test("what was claimed is counted while an answer to the next question does not come")
    func unanswered() async throws {
        try await WorkerBench.with { bench in
            _ = try TestPictures.write(Self.images, of: Self.small, to: bench.folder)
            try await bench.enqueue((1...Self.images).map { "\($0).png" })
            let (decoder, metrics) = (HeldDecoder(), WorkerMetrics())
            defer { decoder.release() }
            let worker = try await bench.worker(decoder: decoder, metrics: metrics) {
                $0.imagesInFlight = 1
                $0.dedupe = false
                // The question is to be all that waits.
                $0.lease = .seconds(3600)
                $0.recordInterval = .seconds(3600) ... .seconds(3600)
            }
            let running = Task { try await worker.run() }
            try await bench.wait(
                until: "EXISTS (SELECT FROM headcount.shards WHERE headcount.multirange_size(images) > 1)")
            try await waitUntil("the first image") { !decoder.sizes.isEmpty }
            let claimed = try await bench.connection.query(
                "SELECT headcount.multirange_size(images) AS n FROM headcount.shards WHERE worker_id IS NOT NULL")
            let inHand = try claimed.reduce(0) { try $0 + $1.decode(Int.self, "n") }
            try await bench.connection.execute("BEGIN; LOCK TABLE headcount.shards IN ACCESS EXCLUSIVE MODE")
            let other = try await PostgresConnection.connect(bench.connection.configuration)
            _ = try await other.query("SELECT pg_notify('headcount', 'urgent')")
            try await waitUntil("the question") {
                try await !other.query(
                    """
                    SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'worker'
                        AND wait_event_type = 'Lock' AND query LIKE '%headcount.claim(%'
                    """
                ).isEmpty
            }
            decoder.release()
            try await waitUntil("all that was claimed to be counted") {
                metrics.counting.images.value("counted") == Double(inHand)
            }
            try await bench.connection.execute("COMMIT")
            await other.close()
            #expect(try await running.value.counted == Self.images)
        }
    }

    /// Runs `body` while a worker is at its first image, a small one, and holds others, until it holds an answer to the
    /// question. The next it counts must be large.
    private func whileBusy(
        _ bench: WorkerBench, until question: ClaimQuestion, _ body: () async throws -> Void
    ) async throws {
        let decoder = HeldDecoder()
        defer { decoder.release() }
        let worker = try await bench.worker(decoder: decoder) { $0.imagesInFlight = 1 }
        let running = Task { try await worker.run() }
        do {
            try await bench.wait(
                until: """
                    EXISTS (SELECT FROM headcount.shards s JOIN headcount.workers w ON w.id = s.worker_id
                            WHERE w.version = 'test' AND headcount.multirange_size(s.images) > 1)
                    """)
            try await body()
            // The database knows of a share before the worker does.
            try await waitUntil("the share") {
                worker.state.withLock { $0.ledger.unstarted(of: question) } > 0
            }
        } catch {
            running.cancel()
            throw error
        }
        decoder.release()
        _ = try await running.value
        #expect(decoder.sizes.prefix(2) == [Self.small, Self.large])
    }
}
