import Archive
import Concurrency
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
                    try await archive.claim(worker: a, lease: .seconds(60), images: 1)
                    + archive.claim(worker: b, lease: .seconds(60), images: 7)
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
            let lost = try #require(try await archive.claim(worker: zombie, lease: .zero, images: 1).first)
            let held = try #require(try await archive.claim(worker: heir, lease: .seconds(60), images: 1).first)
            #expect(held.lease.shard == lost.lease.shard)
            #expect(held.lease.token > lost.lease.token)

            let count = try CountResult.test(1, count: 13)
            let failure = FailureResult(image: 1, failure: .corrupt, detail: "late")
            for finish in [false, true] {
                #expect(try await archive.record([count], [], of: lost.lease, worker: zombie, finish: finish) == nil)
                #expect(
                    try await archive.record([], [failure], of: lost.lease, worker: zombie, finish: finish) == nil)
                // Nor with the heir's token, nor in the heir's name.
                #expect(try await archive.record([count], [], of: held.lease, worker: zombie, finish: finish) == nil)
                #expect(try await archive.record([count], [], of: lost.lease, worker: heir, finish: finish) == nil)
            }
            let believed: Set = [lost.lease, held.lease]
            #expect(try await archive.heartbeat(worker: zombie, lease: .seconds(60), holding: believed).isEmpty)
            try await archive.signOff(worker: zombie)
            #expect(try await connection.query("SELECT FROM headcount.counts").isEmpty)
            #expect(try await connection.query("SELECT FROM headcount.failures").isEmpty)
            #expect(try await connection.query("SELECT FROM headcount.tallies").isEmpty)

            #expect(
                try await archive.record([.test(1, count: 2)], [], of: held.lease, worker: heir, finish: true)?
                    .lastImage == 0)
            let counts = try await connection.query("SELECT count FROM headcount.counts")
            #expect(try counts.map { try $0.decode(Double.self, "count") } == [2])
        }
    }

    @Test("an expired lease cannot write even where nobody else took the shard, until its worker is heard of again")
    func expired() async throws {
        try await TestArchive.withFresh { archive, connection in
            try await archive.enqueueForTest("s", images: 1)
            let worker = try await archive.registerTestWorker()
            let shard = try #require(try await archive.claim(worker: worker, lease: .zero, images: 1).first)
            #expect(try await archive.record([.test(1)], [], of: shard.lease, worker: worker, finish: true) == nil)
            #expect(try await connection.query("SELECT FROM headcount.counts").isEmpty)
            #expect(
                try await archive.heartbeat(worker: worker, lease: .seconds(60), holding: [shard.lease])
                    == [shard.lease: 1])
            #expect(
                try await archive.record([.test(1)], [], of: shard.lease, worker: worker, finish: true)?.lastImage == 0)
        }
    }

    @Test("an expired lease that was given back is not taken up again, though nobody claimed the shard since")
    func givenBack() async throws {
        try await TestArchive.withFresh { archive, connection in
            try await archive.enqueueForTest("s", images: 1)
            let worker = try await archive.registerTestWorker()
            let shard = try #require(try await archive.claim(worker: worker, lease: .zero, images: 1).first)
            _ = try await connection.query("SELECT headcount.release_expired()")
            #expect(
                try await archive.heartbeat(worker: worker, lease: .seconds(60), holding: [shard.lease]).isEmpty)
            #expect(try await archive.record([.test(1)], [], of: shard.lease, worker: worker, finish: true) == nil)
            #expect(try await connection.query("SELECT FROM headcount.counts").isEmpty)
        }
    }

    @Test("after a start of the server every worker has the time of its lease to be heard of again")
    func startOfServer() async throws {
        try await TestArchive.withFresh { archive, connection in
            try await archive.enqueueForTest("s", images: 2)
            // The server of the tests was started less than a day ago, and more than a millisecond.
            for (lease, released) in [("1 day", 0), ("1 ms", 1)] {
                let worker = try await archive.registerTestWorker()
                _ = try #require(try await archive.claim(worker: worker, lease: .seconds(600), images: 1).first)
                _ = try await connection.query(
                    """
                    UPDATE headcount.workers SET lease_until = now() - interval '1 s',
                        heartbeat_at = now() - interval '1 s' - interval '\(lease)'
                    WHERE id = $1
                    """, [worker])
                let row = try await connection.query("SELECT headcount.release_expired() AS workers").first
                #expect(try row?.decode(Int.self, "workers") == released)
            }
        }
    }

    @Test("what was counted before a worker died is not claimed again; the rest is, and goes first")
    func halfDone() async throws {
        try await TestArchive.withFresh { archive, connection in
            try await archive.enqueueForTest("s", images: 160)
            let (dead, heir) = (try await archive.registerTestWorker(), try await archive.registerTestWorker())
            let shard = try #require(try await archive.claim(worker: dead, lease: .seconds(60), images: 10).first)
            let failure = FailureResult(image: 3, failure: .corrupt, detail: "cut short")
            #expect(
                try await archive.record(
                    [.test(1), .test(2)], [failure], of: shard.lease, worker: dead, finish: false)?.lastImage
                    == 10)
            #expect(
                try await archive.written([.test(1), .test(4)], [failure], ofRun: shard.run, worker: dead) == [1, 3])
            try await Self.expire(dead, connection)
            #expect(try await archive.heartbeat(worker: heir, lease: .seconds(60), holding: []).isEmpty)
            let again = try await archive.claim(worker: heir, lease: .seconds(60), images: 10)
            #expect(again.map(\.lease.shard) == [shard.lease.shard])
            #expect(again.first?.images.map(\.number) == Array(4...10))
        }
    }

    @Test("a shard whose images all ended, but which was not finished, does not come back")
    func allDone() async throws {
        try await TestArchive.withFresh { archive, connection in
            try await archive.enqueueForTest("s", images: 1)
            let worker = try await archive.registerTestWorker()
            let shard = try #require(try await archive.claim(worker: worker, lease: .seconds(60), images: 1).first)
            #expect(
                try await archive.record([.test(1)], [], of: shard.lease, worker: worker, finish: false)?.lastImage == 0
            )
            try await archive.signOff(worker: worker)
            let next = try await archive.registerTestWorker()
            #expect(try await archive.claim(worker: next, lease: .seconds(60), images: 1).isEmpty)
            #expect(try await connection.query("SELECT FROM headcount.shards").isEmpty)
            #expect(try await archive.isDrained(worker: next))
            #expect(try await archive.progress(ofSet: "s").map(\.state) == ["done"])
        }
    }

    @Test("a worker that is signed off while a claim of it is under way keeps nothing of that claim")
    func signedOffWhileClaiming() async throws {
        try await TestArchive.withFresh { archive, connection in
            try await archive.enqueueForTest("s", images: 10)
            let worker = try await archive.registerTestWorker()
            let dying = try await PostgresConnection.connect(connection.configuration)
            try await dying.execute("BEGIN")
            #expect(try await Archive(dying).claim(worker: worker, lease: .seconds(600), images: 4).count == 1)
            let ended = Locked(false)
            let signingOff = Task {
                defer { ended.withLock { $0 = true } }
                try await archive.signOff(worker: worker)
            }
            try await waitUntil("the worker to be signed off, now or after its claim") {
                let waiting = try await dying.query(
                    "SELECT FROM pg_stat_activity a WHERE pg_backend_pid() = ANY (pg_blocking_pids(a.pid))")
                return !waiting.isEmpty || ended.withLock { $0 }
            }
            try await dying.execute("COMMIT")
            try await signingOff.value
            await dying.close()
            #expect(try await connection.query("SELECT FROM headcount.shards WHERE worker_id IS NOT NULL").isEmpty)
            // One that the server comes to only now.
            await #expect(throws: ArchiveError.signedOff(worker: worker)) {
                try await archive.claim(worker: worker, lease: .seconds(600), images: 4)
            }
            let next = try await archive.registerTestWorker()
            #expect(try await archive.claim(worker: next, lease: .seconds(600), images: 10).first?.images.count == 4)
        }
    }

    @Test("a worker that was signed off is told so, whatever it asks")
    func signedOff() async throws {
        try await TestArchive.withFresh { archive, _ in
            let worker = try await archive.registerTestWorker()
            try await archive.signOff(worker: worker)
            await #expect(throws: ArchiveError.signedOff(worker: worker)) {
                try await archive.heartbeat(worker: worker, lease: .seconds(60), holding: [])
            }
            for question in [ClaimQuestion.next, .returned, .urgent] {
                await #expect(throws: ArchiveError.signedOff(worker: worker)) {
                    try await archive.claim(worker: worker, lease: .seconds(60), question)
                }
            }
        }
    }

    @Test("a registration that is repeated, because its answer was lost, makes no second worker")
    func repeatedRegistration() async throws {
        try await TestArchive.withFresh { archive, connection in
            let worker = WorkerRegistration(
                host: "test", process: 1, engine: "openvino", engineVersion: "0", card: "cpu", simulated: false,
                version: "0")
            let ticket = RegistrationTicket()
            let first = try await archive.register(worker, by: ticket)
            #expect(try await archive.register(worker, by: ticket) == first)
            #expect(try await archive.register(worker) != first)
            #expect(try await connection.query("SELECT FROM headcount.workers").count == 2)
        }
    }

    @Test("a worker that was killed before it claimed anything soon counts in nobody's share any more")
    func killedWhileRegistering() async throws {
        try await TestArchive.withFresh { archive, connection in
            let (killed, worker) = (try await archive.registerTestWorker(), try await archive.registerTestWorker())
            func share() async throws -> Int? {
                _ = try await archive.heartbeat(worker: worker, lease: .seconds(60), holding: [])
                return try await connection.query("SELECT headcount.fleet_rate($1, 8, NULL)::bigint AS rate", [worker])
                    .first?.decode(Int.self, "rate")
            }
            #expect(try await share() == 16)
            _ = try await connection.query(
                "UPDATE headcount.workers SET heartbeat_at = now() - interval '61 s' WHERE id = $1", [killed])
            #expect(try await share() == 8)
        }
    }

    @Test("a heartbeat renews all leases of its worker and tells which are held")
    func heartbeat() async throws {
        try await TestArchive.withFresh { archive, connection in
            try await archive.enqueueForTest("s", images: 40)
            let (worker, other) = (try await archive.registerTestWorker(), try await archive.registerTestWorker())
            let first = try #require(try await archive.claim(worker: worker, lease: .seconds(60), images: 4).first)
            let second = try #require(try await archive.claim(worker: worker, lease: .seconds(60), images: 4).first)
            let foreign = try #require(try await archive.claim(worker: other, lease: .seconds(60), images: 4).first)
            let held = try await archive.heartbeat(
                worker: worker, lease: .seconds(600), holding: [first.lease, second.lease, foreign.lease])
            #expect(held == [first.lease: 4, second.lease: 8])
            let renewed = try await connection.query(
                "SELECT id FROM headcount.workers WHERE lease_until > now() + interval '500 s'")
            #expect(try renewed.map { try $0.decode(Int.self, "id") } == [worker])
        }
    }

    @Test("the work of a dead worker goes back at once where somebody knows that it is dead")
    func signedOffByAnother() async throws {
        try await TestArchive.withFresh { archive, _ in
            try await archive.enqueueForTest("s", images: 1)
            let (dead, heir) = (try await archive.registerTestWorker(), try await archive.registerTestWorker())
            let lost = try #require(try await archive.claim(worker: dead, lease: .seconds(3600), images: 1).first)
            #expect(try await archive.claim(worker: heir, lease: .seconds(60), images: 1).isEmpty)
            try await archive.signOff(worker: dead)
            #expect(try await archive.claim(worker: heir, lease: .seconds(60), images: 1).count == 1)
            #expect(try await archive.record([.test(1)], [], of: lost.lease, worker: dead, finish: true) == nil)
        }
    }

    @Test("a shard whose claim was never answered goes back, but not one that was claimed just now")
    func unansweredClaim() async throws {
        try await TestArchive.withFresh { archive, connection in
            try await archive.enqueueForTest("s", images: 2)
            let worker = try await archive.registerTestWorker()
            let shard = try #require(try await archive.claim(worker: worker, lease: .seconds(60), images: 1).first)
            for isOld in [false, true] {
                if isOld {
                    _ = try await connection.query(
                        "UPDATE headcount.shards SET available_at = now() - interval '61 s'")
                }
                #expect(try await archive.heartbeat(worker: worker, lease: .seconds(60), holding: []).isEmpty)
                let held = try await connection.query("SELECT FROM headcount.shards WHERE worker_id IS NOT NULL")
                #expect(held.count == (isOld ? 0 : 1))
            }
            #expect(try await archive.record([.test(1)], [], of: shard.lease, worker: worker, finish: true) == nil)
        }
    }

    @Test("an idle worker is given the last images of a straggler, whose results for them are left out")
    func stealing() async throws {
        try await TestArchive.withFresh { archive, connection in
            try await archive.enqueueForTest("s", images: 100)
            let (slow, idle) = (try await archive.registerTestWorker(), try await archive.registerTestWorker())
            let large = try #require(try await archive.claim(worker: slow, lease: .seconds(60), images: 100).first)
            #expect(try await archive.claim(worker: idle, lease: .seconds(60)).isEmpty)
            _ = try await archive.heartbeat(worker: slow, lease: .seconds(60), holding: [large.lease], rate: 1)
            let stolen = try #require(
                try await archive.claim(worker: idle, lease: .seconds(60), maySteal: true).first)
            // Half; and one less where so much time passed that the slow one may have ended one.
            let kept = try #require(stolen.images.first).number - 1
            #expect((50...51).contains(kept))
            #expect(stolen.images.map(\.number) == Array(kept + 1...100))
            #expect(
                try await archive.heartbeat(worker: slow, lease: .seconds(60), holding: [large.lease])
                    == [large.lease: kept])
            let late = try (kept...60).map { try CountResult.test($0, count: 13) }
            let receipt = try await archive.record(late, [], of: large.lease, worker: slow, finish: false)
            #expect(receipt?.lastImage == kept - 1)
            #expect(receipt?.leftOut == Set(kept + 1...60))
            #expect(try await archive.written(late, [], ofRun: large.run, worker: slow) == [kept])
            let counted = try await connection.query("SELECT image FROM headcount.counts")
            #expect(try counted.map { try $0.decode(Int.self, "image") } == [kept])
            // From the one that has most to do for its rate, now the thief.
            _ = try await archive.heartbeat(
                worker: idle, lease: .seconds(60), holding: [stolen.lease], rate: 1)
            let few = try (1...40).map { try CountResult.test($0) }
            let after = try await archive.record(few, [], of: large.lease, worker: slow, finish: false)
            #expect(after?.lastImage == kept - 1)
            let third = try await archive.registerTestWorker()
            let rest = try await archive.claim(worker: third, lease: .seconds(60), maySteal: true)
            #expect(rest.first?.images.first?.number ?? 0 > 50)
        }
    }

    @Test("what is stolen is so much that both are done at the same time, and nothing where that gains nothing")
    func fairTheft() async throws {
        try await TestArchive.withFresh { archive, _ in
            try await archive.enqueueForTest("s", images: 60)
            let (slow, fast) = (try await archive.registerTestWorker(), try await archive.registerTestWorker())
            let held = try #require(
                try await archive.claim(
                    worker: slow, lease: .seconds(600), images: 60, pace: WorkerPace(rate: 4)
                ).first)
            func steal(inHand: Int) async throws -> [Int] {
                try await archive.claim(
                    worker: fast, lease: .seconds(600), pace: WorkerPace(rate: 16, inHand: inHand), maySteal: true
                ).flatMap { $0.images.map(\.number) }
            }
            // Fifteen seconds of the slow one's work.
            #expect(try await steal(inHand: 16 * 16).isEmpty)
            let stolen = try await steal(inHand: 16)
            #expect(stolen.last == 60)
            // Of sixty images and the sixteen in hand four fifths and one fifth, but for what may be ended by now.
            #expect((41...46).contains(stolen.count), "\(stolen.count)")
            #expect(try await steal(inHand: 16 + stolen.count).isEmpty)
            #expect(
                try await archive.heartbeat(worker: slow, lease: .seconds(600), holding: [held.lease])
                    == [held.lease: 60 - stolen.count])
        }
    }

    @Test("a cancelled run's leases are not renewed")
    func cancelledRun() async throws {
        try await TestArchive.withFresh { archive, connection in
            try await archive.enqueueForTest("s", images: 4)
            let worker = try await archive.registerTestWorker()
            let shard = try #require(try await archive.claim(worker: worker, lease: .seconds(60), images: 1).first)
            _ = try await connection.query("UPDATE headcount.runs SET wish = 'cancelled'")
            #expect(
                try await archive.heartbeat(worker: worker, lease: .seconds(60), holding: [shard.lease]).isEmpty)
            #expect(try await archive.record([.test(1)], [], of: shard.lease, worker: worker, finish: true) == nil)
            #expect(try await archive.claim(worker: worker, lease: .seconds(60), images: 1).isEmpty)
            #expect(try await archive.isDrained(worker: worker))
        }
    }

    private static func expire(_ worker: Int, _ connection: PostgresConnection) async throws {
        _ = try await connection.query(
            "UPDATE headcount.workers SET lease_until = now() WHERE id = $1", [worker])
    }
}
