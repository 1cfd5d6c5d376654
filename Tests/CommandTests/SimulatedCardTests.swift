import Glibc
import TestSupport
import Testing

/// Workers on simulated cards, as processes of the program.
@Suite struct SimulatedCardTests {
    private static let words = [
        "work", "--drain", "--engine", "simulated", "--simulated-batch-ms", "1", "--allow-network", "127.0.0.0/8",
        "--lease", "3",
    ]

    @Test("a card that fails or crashes ends its worker, which loses nothing; every count says simulated")
    func faults() async throws {
        try await CommandBench.with(pictures: 12) { bench in
            _ = try await bench.run(["enqueue", "set", "--urls", "-"], input: bench.list(1...12))
            let failed = try await bench.run(Self.words + ["--card", "3", "--simulated-fault", "failed-sync@1"])
            #expect(failed.status == 69)
            #expect(failed.errors.contains("device simulated:3 failed: waiting for a batch"))
            #expect(try await bench.number("SELECT count(*) FROM headcount.shards WHERE worker_id IS NOT NULL") == 0)

            let crashed = try await bench.run(Self.words + ["--simulated-fault", "slow:2,crash@1"])
            #expect(crashed.status == 128 + SIGABRT)

            let good = try await bench.run(Self.words)
            #expect(good.status == 0, "\(good.errors)")
            #expect(good.errors.contains("simulated:0 with simulated stated times (simulated)"))
            #expect(try await bench.number("SELECT count(*) FROM headcount.results WHERE simulated") == 12)
            // One level a picture, and the tiny model's scale: the same wherever it is counted.
            #expect(try await bench.number("SELECT count(DISTINCT count) FROM headcount.results") == 12)
            #expect(try await bench.number("SELECT count(*) FROM headcount.failed_images") == 0)
        }
    }
}
