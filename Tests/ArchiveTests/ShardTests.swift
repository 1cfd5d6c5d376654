import Archive
import Postgres
import TestSupport
import Testing

/// How shards are cut from runs, and what a claim costs.
@Suite struct ShardTests {
    @Test(
        "every image is claimed once, whatever sizes are asked for and by whom",
        arguments: [1, 1023, 1024, 8193, 20_000])
    func partition(images: Int) async throws {
        try await TestArchive.withFresh { archive, connection in
            try await connection.fillSet("s", images: images)
            var workers: [Int] = []
            for _ in 0..<3 { workers.append(try await archive.registerTestWorker()) }
            var generator = SystemRandomNumberGenerator()
            var numbers: [Int] = []
            while let worker = workers.randomElement(using: &generator) {
                let wanted = Int.random(in: 1...4096, using: &generator)
                let shards = try await archive.claim(worker: worker, lease: .seconds(600), images: wanted)
                if shards.isEmpty { break }
                #expect(shards.count == 1 && shards[0].images.count <= wanted)
                numbers += shards[0].images.map(\.number)
            }
            #expect(numbers.sorted() == Array(1...images))
        }
    }

    @Test("a run that grows while it is claimed loses no image")
    func growing() async throws {
        try await TestArchive.withFresh { archive, connection in
            let worker = try await archive.registerTestWorker()
            var numbers: [Int] = []
            for total in [10, 1024, 1500, 8192, 9000, 20_000] {
                try await connection.fillSet("s", images: total)
                let shards = try await archive.claim(worker: worker, lease: .seconds(600), images: 700)
                numbers += shards.flatMap { $0.images.map(\.number) }
            }
            while true {
                let shards = try await archive.claim(worker: worker, lease: .seconds(600), images: 4000)
                if shards.isEmpty { break }
                numbers += shards.flatMap { $0.images.map(\.number) }
            }
            #expect(numbers.sorted() == Array(1...20_000))
        }
    }

    @Test("what a stripe has left is what is counted one by one")
    func stripeRest() async throws {
        try await TestArchive.withFresh { _, connection in
            let wrong = try await connection.query(
                """
                SELECT s, next, images FROM generate_series(0, 7) s,
                    unnest(ARRAY[s * 1024 + 1, s * 1024 + 700, s * 1024 + 1024, s * 1024 + 8193, s * 1024 + 8500]) next,
                    unnest(ARRAY[0, 1, 1023, 1024, 1025, 5000, 8192, 8193, 20000, 24576]) images
                WHERE headcount.stripe_rest(s, next, images)
                    <> (SELECT count(*) FROM generate_series(next, images) n WHERE (n - 1) / 1024 % 8 = s)
                """)
            #expect(wrong.isEmpty)
        }
    }

    @Test("a small set is spread over many shards, and shards shrink towards the end")
    func sizes() async throws {
        try await TestArchive.withFresh { archive, connection in
            try await connection.fillSet("s", images: 100)
            let worker = try await archive.registerTestWorker()
            var sizes: [Int] = []
            while let shard = try await archive.claim(worker: worker, lease: .seconds(600)).first {
                sizes.append(shard.images.count)
            }
            #expect(sizes.first == 7)
            #expect(sizes.last == 1)
            #expect(sizes == sizes.sorted(by: >))
        }
    }

    @Test("a worker claims ten seconds of its own work")
    func proportional() async throws {
        try await TestArchive.withFresh { archive, connection in
            try await connection.fillSet("s", images: 20_000)
            let (slow, fast) = (try await archive.registerTestWorker(), try await archive.registerTestWorker())
            for (worker, rate) in [(slow, 3), (fast, 50)] {
                _ = try await connection.query(
                    """
                    INSERT INTO headcount.tallies (run_id, worker_id, rate, first_at)
                    VALUES (1, $1, $2, now() - interval '1 hour')
                    """, [worker, Double(rate)])
                let shard = try #require(try await archive.claim(worker: worker, lease: .seconds(600)).first)
                // The average fades between the two statements.
                #expect((rate * 9...rate * 10).contains(shard.images.count))
            }
        }
    }

    @Test("shares follow the rates that workers tell, are whole launches, and shrink with what is left")
    func shares() async throws {
        try await TestArchive.withFresh { archive, connection in
            // One block: a claim ends with the last block of its stripe.
            try await connection.fillSet("s", images: 1000)
            let (fast, slow) = (try await archive.registerTestWorker(), try await archive.registerTestWorker())
            func claim(_ worker: Int) async throws -> Int? {
                let pace = WorkerPace(rate: worker == fast ? 16 : 4, inHand: 0, batch: 4)
                return try await archive.claim(worker: worker, lease: .seconds(600), pace: pace).first?.images.count
            }
            // A first claim tells the rate to all. Ten seconds of its work.
            #expect(try await claim(slow) == 40)
            #expect(try await claim(fast) == 160)
            var sizes: [Int: [Int]] = [:]
            var last = 0
            while true {
                let both = [(fast, try await claim(fast)), (slow, try await claim(slow))]
                for case (let worker, let size?) in both {
                    #expect(last.isMultiple(of: 4), "only the last of all may be less than whole launches")
                    last = size
                    sizes[worker, default: []].append(size)
                }
                if both.allSatisfy({ $0.1 == nil }) { break }
            }
            let (large, small) = (try #require(sizes[fast]), try #require(sizes[slow]))
            #expect(large.first == 160 && small.first == 40)
            #expect(large == large.sorted(by: >) && small == small.sorted(by: >), "\(large), \(small)")
            #expect(large.last ?? 0 <= 12 && small.last ?? 0 <= 4, "\(large), \(small)")
        }
    }

    @Test("a worker that has more in hand than the others need for the rest is given nothing of it")
    func enoughInHand() async throws {
        try await TestArchive.withFresh { archive, connection in
            try await connection.fillSet("s", images: 60)
            let (fast, slow) = (try await archive.registerTestWorker(), try await archive.registerTestWorker())
            for (worker, rate) in [(slow, 4.0), (fast, 20.0)] {
                _ = try await archive.heartbeat(worker: worker, lease: .seconds(600), holding: [], rate: rate)
            }
            func claim(_ worker: Int, _ rate: Double, inHand: Int) async throws -> Int {
                try await archive.claim(
                    worker: worker, lease: .seconds(600), pace: WorkerPace(rate: rate, inHand: inHand)
                ).reduce(0) { $0 + $1.images.count }
            }
            // The fast one alone needs three seconds for all: five are in hand, then three.
            #expect(try await claim(slow, 4, inHand: 20) == 0)
            #expect(try await claim(slow, 4, inHand: 12) > 0)
            // Whoever is alone is given all there is.
            try await archive.signOff(worker: slow)
            var sum = 0
            while case let size = try await claim(fast, 20, inHand: 1000), size > 0 { sum += size }
            #expect(sum >= 50)
        }
    }

    @Test("a claim that brings nothing locks nothing that others claim from")
    func lockless() async throws {
        try await TestArchive.withFresh { archive, connection in
            try await connection.fillSet("s", images: 60)
            let (fast, slow) = (try await archive.registerTestWorker(), try await archive.registerTestWorker())
            _ = try await archive.heartbeat(worker: fast, lease: .seconds(600), holding: [], rate: 20)
            let other = try await PostgresConnection.connect(connection.configuration)
            try await other.execute("BEGIN")
            let pace = WorkerPace(rate: 4, inHand: 20)
            #expect(try await Archive(other).claim(worker: slow, lease: .seconds(600), pace: pace).isEmpty)
            #expect(try await connection.query("SELECT FROM headcount.stripes FOR UPDATE SKIP LOCKED").count == 8)
            try await other.execute("COMMIT")
            await other.close()
        }
    }

    @Test("what a dead worker held is shared by those that ask for it, and nothing else is given to them")
    func returned() async throws {
        try await TestArchive.withFresh { archive, connection in
            try await connection.fillSet("s", images: 400)
            let dead = try await archive.registerTestWorker()
            _ = try await archive.claim(worker: dead, lease: .seconds(600), images: 100)
            var workers: [Int] = []
            for _ in 0..<5 {
                workers.append(try await archive.registerTestWorker())
                _ = try await archive.heartbeat(
                    worker: workers[workers.count - 1], lease: .seconds(600), holding: [], rate: 10)
            }
            func share(_ worker: Int) async throws -> [Int] {
                try await archive.claim(
                    worker: worker, lease: .seconds(600), pace: WorkerPace(rate: 10), .returned
                ).flatMap { $0.images.map(\.number) }
            }
            #expect(try await share(workers[0]).isEmpty)
            try await archive.signOff(worker: dead)
            var shares: [[Int]] = []
            for worker in workers { shares.append(try await share(worker)) }
            #expect(shares[0].count == 20)
            #expect(shares.allSatisfy { (10...20).contains($0.count) })
            while case let more = try await share(workers[0]), !more.isEmpty { shares.append(more) }
            #expect(shares.joined().sorted() == Array(1...100))
        }
    }

    @Test("what was given back neither brings along what else waits, nor keeps a worker from what is urgent")
    func returnedAmongRetries() async throws {
        try await TestArchive.withFresh { archive, connection in
            try await connection.fillSet("usual", images: 2400)
            let (dead, worker) = (try await archive.registerTestWorker(), try await archive.registerTestWorker())
            // Of 2,000 images each waits by itself for its second attempt, due by now.
            _ = try await connection.query(
                """
                INSERT INTO headcount.shards (run_id, images)
                SELECT 1, int8multirange(int8range(n, n + 1)) FROM generate_series(401, 2400) AS n
                """)
            _ = try await connection.query("UPDATE headcount.stripes SET next = 10000")
            func claim(_ question: ClaimQuestion) async throws -> [Int] {
                try await archive.claim(
                    worker: worker, lease: .seconds(600), pace: WorkerPace(rate: 4), question
                ).flatMap { shard in shard.images.map { shard.run * 10_000 + $0.number } }
            }
            _ = try await connection.query(
                """
                INSERT INTO headcount.shards (run_id, images, token, worker_id)
                VALUES (1, '{[1,101)}', headcount.new_token(), $1)
                """, [dead])
            _ = try await archive.heartbeat(worker: worker, lease: .seconds(600), holding: [], rate: 4)
            #expect(try await !claim(.next).isEmpty)
            try await archive.signOff(worker: dead)
            var returned: [Int] = []
            while case let share = try await claim(.returned), !share.isEmpty { returned += share }
            #expect(returned.sorted() == Array(10_001...10_100))
            let list = (1...10).map { "http://h/\($0)\n" }.joined()
            try await archive.enqueueForTest("urgent", list: list, priority: 5)
            #expect(try await claim(.returned).isEmpty)
            let urgent = try await claim(.urgent)
            #expect(urgent.first == 20_001 && urgent.count < 10)
            // What is given back of a run that is less urgent than all that one holds is not for that one.
            let busy = try await archive.registerTestWorker()
            let held = try await archive.claim(worker: busy, lease: .seconds(600), images: 1)
            #expect(held.map(\.run) == [2])
            try await archive.signOff(worker: worker)
            var given: [ClaimedShard] = []
            while case let more = try await archive.claim(
                worker: busy, lease: .seconds(600), images: 100, .returned), !more.isEmpty
            { given += more }
            #expect(given.flatMap { $0.images.map { 20_000 + $0.number } } == urgent)
            #expect(given.allSatisfy { $0.run == 2 })
        }
    }

    @Test("only what is more urgent than something a worker holds is given to it where it asks for no more")
    func urgent() async throws {
        try await TestArchive.withFresh { archive, connection in
            let worker = try await archive.registerTestWorker()
            func claim(_ question: ClaimQuestion) async throws -> [Int] {
                try await archive.claim(worker: worker, lease: .seconds(600), images: 2, question).map(\.run)
            }
            try await archive.enqueueForTest("usual", images: 10)
            #expect(try await claim(.next) == [1])
            #expect(try await claim(.urgent) == [])
            try await archive.enqueueForTest("urgent", list: "http://h/1\nhttp://h/2\nhttp://h/3\n", priority: 2)
            try await archive.enqueueForTest("between", list: "http://h/1\n", priority: 1)
            try await archive.enqueueForTest("later", list: "http://h/1\n", priority: -1)
            #expect(try await claim(.urgent) == [2])
            #expect(try await claim(.urgent) == [2])
            #expect(try await claim(.urgent) == [3])
            #expect(try await claim(.urgent) == [])
            #expect(try await claim(.next) == [1])
        }
    }

    @Test("retries of single images come back in one claim")
    func gathered() async throws {
        try await TestArchive.withFresh { archive, connection in
            try await connection.fillSet("s", images: 20)
            _ = try await connection.query("UPDATE headcount.failure_classes SET first_delay = '0'")
            let worker = try await archive.registerTestWorker()
            let shard = try #require(try await archive.claim(worker: worker, lease: .seconds(600), images: 20).first)
            for image in 1...20 {
                let failure = FailureResult(image: image, failure: .timeout, detail: "slow")
                _ = try await archive.record([], [failure], of: shard.lease, worker: worker, finish: image == 20)
            }
            let again = try await archive.claim(worker: worker, lease: .seconds(600), images: 20)
            #expect(again.count == 20)
            #expect(again.flatMap { $0.images.map(\.number) }.sorted() == Array(1...20))
        }
    }

    @Test("with an old snapshot open, a claim and a write read no more index entries after hundreds of others")
    func oldSnapshot() async throws {
        try await TestDatabase.withFresh { url in
            let configuration = PostgresConfiguration(connectionString: url, applicationName: "test")
            let connection = try await PostgresConnection.connect(configuration)
            try await Migrator(connection, migrations: TestArchive.migrations()).migrate()
            let archive = Archive(connection)
            try await archive.addModel(
                name: "nobody", manifest: TestArchive.manifest, digest: TestArchive.digest(), files: [:],
                makeDefault: true)
            try await connection.fillSet("s", images: 3000)
            let worker = try await archive.registerTestWorker()
            let old = try await PostgresConnection.connect(configuration)
            try await old.execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM headcount.shards")
            func entriesRead(byClaims claims: Int) async throws -> Int {
                let sum = """
                    SELECT sum(idx_tup_read)::bigint AS n, pg_stat_force_next_flush() FROM pg_stat_user_indexes
                    WHERE relname IN ('shards', 'stripes', 'tallies', 'workers', 'runs')
                    """
                func read() async throws -> Int {
                    _ = try await connection.query("SELECT pg_stat_force_next_flush()")
                    return try await connection.query(sum).first?.decode(Int.self, "n") ?? 0
                }
                let before = try await read()
                for _ in 0..<claims {
                    let claimed = try await archive.claim(worker: worker, lease: .seconds(600), images: 4)
                    let shard = try #require(claimed.first)
                    let counts = try shard.images.map { try CountResult.test($0.number) }
                    #expect(
                        try await archive.record(counts, [], of: shard.lease, worker: worker, finish: true)?.lastImage
                            == 0)
                }
                return try await read() - before
            }
            _ = try await entriesRead(byClaims: 20)
            let early = try await entriesRead(byClaims: 20)
            _ = try await entriesRead(byClaims: 400)
            let late = try await entriesRead(byClaims: 20)
            #expect(early > 0)
            #expect(late <= early * 5 / 4, "\(early) entries at first, \(late) later")
            await old.close()
        }
    }
}

extension PostgresConnection {
    /// Brings a set to so many images, without the way of a list.
    func fillSet(_ name: String, images: Int) async throws {
        _ = try query(
            """
            SELECT headcount.enqueue($1, (SELECT array_agg('http://host/' || n) FROM generate_series(1, $2::integer) n))
            """, [name, images])
    }
}
