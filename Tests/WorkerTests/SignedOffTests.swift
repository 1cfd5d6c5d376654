import Archive
import Concurrency
import Density
import Postgres
import TestSupport
import Testing
import Worker

/// A worker that lives, and that somebody took for dead.
@Suite(.enabled(if: TestNetwork.isPresent, Comment(rawValue: TestNetwork.absence)))
struct SignedOffTests {
    private static let size = PixelSize(width: 48, height: 32)

    private func signOffAll(_ bench: WorkerBench) async throws {
        _ = try await bench.connection.query("SELECT headcount.sign_off(id) FROM headcount.workers")
    }

    @Test(
        "a busy worker that was signed off says so, registers anew, counts every image once and ends when all is done")
    func busy() async throws {
        try await WorkerBench.with { bench in
            _ = try TestPictures.write(20, of: Self.size, to: bench.folder)
            try await bench.enqueue((1...20).map { "\($0).png" })
            let decoder = HeldDecoder()
            defer { decoder.release() }
            let told = Locked<[String]>([])
            let worker = try await bench.worker(decoder: decoder) {
                $0.imagesInFlight = 2
            } onEvent: { event in
                switch event {
                case .started(let worker): told.withLock { $0.append("started \(worker)") }
                case .signedOff(let worker): told.withLock { $0.append("signed off \(worker)") }
                default: break
                }
            }
            let running = Task { try await worker.run() }
            try await bench.wait(until: "EXISTS (SELECT FROM headcount.shards WHERE worker_id = 1)")
            try await signOffAll(bench)
            decoder.release()
            #expect(try await running.value.counted == 20)
            #expect(told.withLock { $0 } == ["started 1", "signed off 1", "started 2"])
            #expect(try await bench.counts().count == 20)
            let counted = try await bench.connection.query("SELECT FROM headcount.counts WHERE worker_id = 1")
            #expect(counted.isEmpty)
            #expect(try await bench.connection.query("SELECT FROM headcount.workers WHERE stopped_at IS NULL").isEmpty)
        }
    }

    @Test("an idle worker that was signed off counts what comes then, and hears notices still")
    func idle() async throws {
        try await WorkerBench.with { bench in
            _ = try TestPictures.write(2, of: Self.size, to: bench.folder)
            try await bench.enqueue(["1.png"])
            // So that the heartbeat is what finds it, and then a notice what lets it ask.
            let worker = try await bench.worker(drain: false) {
                $0.idleInterval = .seconds(600)
                $0.longestIdleInterval = .seconds(600)
                $0.lease = .seconds(1)
            }
            let running = Task { try await worker.run() }
            try await bench.wait(until: "(SELECT counted FROM headcount.progress) = 1")
            try await signOffAll(bench)
            try await bench.wait(until: "EXISTS (SELECT FROM headcount.workers WHERE id > 1 AND lease_until > now())")
            try await bench.enqueue(["2.png"])
            try await bench.wait(until: "(SELECT counted FROM headcount.progress) = 2")
            worker.stop()
            #expect(try await running.value.counted == 2)
        }
    }

    @Test("a worker that is signed off while it stops ends as others do")
    func stopping() async throws {
        try await WorkerBench.with { bench in
            _ = try TestPictures.write(8, of: Self.size, to: bench.folder)
            try await bench.enqueue((1...8).map { "\($0).png" })
            let decoder = HeldDecoder()
            defer { decoder.release() }
            let worker = try await bench.worker(drain: false, decoder: decoder) {
                $0.imagesInFlight = 1
                $0.lease = .seconds(1)
                $0.grace = .seconds(600)
            }
            let running = Task { try await worker.run() }
            try await bench.wait(until: "EXISTS (SELECT FROM headcount.shards WHERE worker_id = 1)")
            worker.stop()
            try await signOffAll(bench)
            #expect(try await running.value.counted == 0)
            #expect(try await bench.connection.query("SELECT FROM headcount.workers").count == 1)
            #expect(try await bench.connection.query("SELECT FROM headcount.shards WHERE worker_id > 0").isEmpty)
        }
    }
}
