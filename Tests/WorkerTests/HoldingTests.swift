import Postgres
import TestSupport
import Testing

@testable import Archive
@testable import Worker

/// A heartbeat between the moment a shard is finished and the write of its last results.
struct HoldingTests {
    @Test("a shard whose last results are about to be written is renewed, however long ago it was claimed")
    func heartbeatBeforeTheLastWrite() async throws {
        try await TestArchive.withFresh { archive, connection in
            try await archive.enqueueForTest("s", images: 2)
            let worker = try await archive.registerTestWorker()
            var state = Worker.State(
                scope: .all, timing: ClaimTiming(WorkerSettings(cores: 1, machineMemory: 1 << 30)))
            state.ledger.add(try await archive.claim(worker: worker, lease: .seconds(60), images: 2))
            while let work = state.ledger.start() {
                let failure = FailureResult(image: work.image.number, failure: .corrupt, detail: "cut short")
                state.ledger.settle(work, .failure(failure))
            }
            let records = state.ledger.take()
            let record = try #require(records.first)
            #expect(record.finish && records.count == 1)
            _ = try await connection.query("UPDATE headcount.shards SET available_at = now() - interval '61 s'")
            let held = try await archive.heartbeat(worker: worker, lease: .seconds(60), holding: state.ledger.leases)
            #expect(held == [record.lease: 2])
            let receipt = try await archive.record(
                record.counts, record.failures, of: record.lease, worker: worker, finish: true)
            #expect(receipt?.lastImage == 0)
            state.wrote(record, last: receipt?.lastImage, written: [1, 2])
            #expect(state.progress.failed == 2)
            #expect(state.ledger.leases.isEmpty)
            #expect(try await connection.query("SELECT FROM headcount.shards").isEmpty)
        }
    }
}
