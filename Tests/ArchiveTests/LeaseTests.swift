import Archive
import Postgres
import TestSupport
import Testing

@Suite struct LeaseTests {
    @Test("a shard is leased to one worker at a time, and every image is claimed")
    func exclusive() async throws {
        try await TestArchive.withFresh { archive, _ in
            try await archive.enqueueForTest("s", images: 50)
            let (a, b) = (try await archive.registerTestWorker(), try await archive.registerTestWorker())
            var images: [Int] = []
            while true {
                let claimed =
                    try await archive.claim(worker: a, lease: .seconds(60), shards: 1)
                    + archive.claim(worker: b, lease: .seconds(60), shards: 2)
                if claimed.isEmpty { break }
                images += claimed.flatMap { $0.images.map(\.number) }
            }
            #expect(images.sorted() == Array(1...50))
        }
    }

    /// What a worker does that was stopped (SIGSTOP, say) until its shard had passed to another, and goes on then.
    @Test("a worker whose lease passed on can write nothing: no count, no failure, not the shard")
    func zombie() async throws {
        try await TestArchive.withFresh { archive, connection in
            try await archive.enqueueForTest("s", images: 1)
            let (zombie, heir) = (try await archive.registerTestWorker(), try await archive.registerTestWorker())
            let lost = try #require(try await archive.claim(worker: zombie, lease: .zero, shards: 1).first)
            let held = try #require(try await archive.claim(worker: heir, lease: .seconds(60), shards: 1).first)
            #expect(held.lease.shard == lost.lease.shard)
            #expect(held.lease.token > lost.lease.token)

            let count = try CountResult.test(1, count: 13)
            let failure = FailureResult(image: 1, failure: .corrupt, detail: "late")
            for finish in [false, true] {
                #expect(try await !archive.record([count], [], of: lost.lease, worker: zombie, finish: finish))
                #expect(try await !archive.record([], [failure], of: lost.lease, worker: zombie, finish: finish))
                // Nor with the heir's token, nor in the heir's name.
                #expect(try await !archive.record([count], [], of: held.lease, worker: zombie, finish: finish))
                #expect(try await !archive.record([count], [], of: lost.lease, worker: heir, finish: finish))
            }
            #expect(try await archive.heartbeat(worker: zombie, lease: .seconds(60)).isEmpty)
            try await archive.signOff(worker: zombie)
            #expect(try await connection.query("SELECT FROM headcount.counts").isEmpty)
            #expect(try await connection.query("SELECT FROM headcount.failures").isEmpty)
            #expect(try await connection.query("SELECT FROM headcount.tallies").isEmpty)

            #expect(try await archive.record([.test(1, count: 2)], [], of: held.lease, worker: heir, finish: true))
            let counts = try await connection.query("SELECT count FROM headcount.counts")
            #expect(try counts.map { try $0.decode(Double.self, "count") } == [2])
        }
    }

    @Test("an expired lease cannot write even where nobody else claimed the shard")
    func expired() async throws {
        try await TestArchive.withFresh { archive, connection in
            try await archive.enqueueForTest("s", images: 1)
            let worker = try await archive.registerTestWorker()
            let shard = try #require(try await archive.claim(worker: worker, lease: .zero, shards: 1).first)
            #expect(try await !archive.record([.test(1)], [], of: shard.lease, worker: worker, finish: true))
            #expect(try await archive.heartbeat(worker: worker, lease: .seconds(60)).isEmpty)
            #expect(try await connection.query("SELECT FROM headcount.counts").isEmpty)
        }
    }

    @Test("what was counted before a worker died is not claimed again; the rest is")
    func halfDone() async throws {
        try await TestArchive.withFresh { archive, connection in
            try await archive.enqueueForTest("s", images: 160)  // shards of ten
            let (dead, heir) = (try await archive.registerTestWorker(), try await archive.registerTestWorker())
            let shard = try #require(try await archive.claim(worker: dead, lease: .seconds(60), shards: 1).first)
            let failure = FailureResult(image: 3, failure: .corrupt, detail: "cut short")
            #expect(
                try await archive.record([.test(1), .test(2)], [failure], of: shard.lease, worker: dead, finish: false))
            _ = try await connection.query(
                "UPDATE headcount.shards SET lease_until = now() WHERE id = $1", [shard.lease.shard])
            var again: [ClaimedShard] = []
            while again.last?.lease.shard != shard.lease.shard {
                again = try await archive.claim(worker: heir, lease: .seconds(60), shards: 1)
                try #require(!again.isEmpty)
            }
            #expect(again[0].images.map(\.number) == Array(4...10))
        }
    }

    @Test("a shard whose images are all counted comes back empty, and can be finished")
    func allDone() async throws {
        try await TestArchive.withFresh { archive, _ in
            try await archive.enqueueForTest("s", images: 1)
            let worker = try await archive.registerTestWorker()
            let shard = try #require(try await archive.claim(worker: worker, lease: .seconds(60), shards: 1).first)
            #expect(try await archive.record([.test(1)], [], of: shard.lease, worker: worker, finish: false))
            try await archive.signOff(worker: worker)
            let again = try #require(try await archive.claim(worker: worker, lease: .seconds(60), shards: 1).first)
            #expect(again.images.isEmpty)
            #expect(try await archive.record([], [], of: again.lease, worker: worker, finish: true))
            #expect(try await archive.isDrained(engine: "openvino"))
            #expect(try await archive.progress(ofSet: "s").map(\.state) == ["done"])
        }
    }

    @Test("a heartbeat renews every lease of its worker and tells which are held")
    func heartbeat() async throws {
        try await TestArchive.withFresh { archive, connection in
            try await archive.enqueueForTest("s", images: 40)
            let worker = try await archive.registerTestWorker()
            let claimed = try await archive.claim(worker: worker, lease: .seconds(60), shards: 3)
            #expect(claimed.count == 3)
            _ = try await connection.query(
                "UPDATE headcount.shards SET lease_until = now() WHERE id = $1", [claimed[0].lease.shard])
            let held = try await archive.heartbeat(worker: worker, lease: .seconds(600))
            #expect(held == Set(claimed.dropFirst().map(\.lease)))
            let renewed = try await connection.query(
                "SELECT FROM headcount.shards WHERE lease_until > now() + interval '500 s'")
            #expect(renewed.count == 2)
        }
    }

    @Test("a cancelled run's leases are not renewed")
    func cancelledRun() async throws {
        try await TestArchive.withFresh { archive, connection in
            try await archive.enqueueForTest("s", images: 4)
            let worker = try await archive.registerTestWorker()
            #expect(try await archive.claim(worker: worker, lease: .seconds(60), shards: 1).count == 1)
            _ = try await connection.query("UPDATE headcount.runs SET wish = 'cancelled'")
            #expect(try await archive.heartbeat(worker: worker, lease: .seconds(60)).isEmpty)
            #expect(try await archive.claim(worker: worker, lease: .seconds(60), shards: 1).isEmpty)
            #expect(try await archive.isDrained(engine: "openvino"))
        }
    }
}
