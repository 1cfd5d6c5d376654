import Density
import Postgres
import TestSupport
import Testing
import Worker

/// The end of the time that a worker has for finishing.
@Suite(.enabled(if: TestNetwork.isPresent, Comment(rawValue: TestNetwork.absence)))
struct GraceTests {
    @Test("what was counted within the grace is written when it is over, whatever else takes its time to end")
    func written() async throws {
        try await WorkerBench.with { bench in
            let (quick, slow) = (PixelSize(width: 48, height: 32), PixelSize(width: 96, height: 32))
            try bench.write("quick.png", of: quick)
            try bench.write("slow.png", of: slow)
            // So many that the first two are claimed together; the others are not come to.
            try await bench.enqueue(["quick.png", "slow.png"] + (1...30).map { "later-\($0).png" })
            let decoder = StubbornDecoder()
            defer { for size in [quick, slow] { decoder.release(size) } }
            let worker = try await bench.worker(decoder: decoder) {
                $0.imagesInFlight = 2
                $0.decodesInFlight = 2
                $0.grace = .seconds(4)
                $0.recordInterval = .seconds(600) ... .seconds(600)
            }
            let running = Task { try await worker.run() }
            try await waitUntil("both pictures to be decoded") { decoder.sizes.count == 2 }
            worker.stop()
            decoder.release(quick)
            try await waitUntil("the count", within: .seconds(60)) { try await bench.counts().count == 1 }
            decoder.release(slow)
            #expect(try await running.value.counted == 1)
            #expect(try await bench.connection.query("SELECT FROM headcount.shards WHERE worker_id > 0").isEmpty)
        }
    }
}
