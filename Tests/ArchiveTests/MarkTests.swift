import Archive
import Postgres
import TestSupport
import Testing

/// Low-water marks: what is dead is not passed again by every search, however long an old snapshot keeps it.
@Suite struct MarkTests {
    /// An archive with a set that was claimed to its end, and a snapshot that was there before any shard.
    private func withOldSnapshot(_ body: (Archive, PostgresConnection) async throws -> Void) async throws {
        try await TestArchive.withFresh { archive, connection in
            try await connection.fillSet("s", images: 3000)
            _ = try await connection.query("UPDATE headcount.stripes SET next = 10000")
            let old = try await PostgresConnection.connect(connection.configuration)
            try await old.execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM headcount.shards")
            try await body(archive, connection)
            await old.close()
        }
    }

    /// Index entries that `body` reads of the tables of the queue.
    private func entries(_ connection: PostgresConnection, _ body: () async throws -> Void) async throws -> Int {
        func read() async throws -> Int {
            _ = try await connection.query("SELECT pg_stat_force_next_flush()")
            return try await connection.query(
                """
                SELECT sum(idx_tup_read)::bigint AS n FROM pg_stat_user_indexes
                WHERE relname IN ('shards', 'stripes', 'tallies', 'marks', 'workers', 'runs')
                """
            ).first?.decode(Int.self, "n") ?? 0
        }
        let before = try await read()
        try await body()
        return try await read() - before
    }

    @Test("with an old snapshot open, a new worker does not pass the retries that others claimed")
    func retries() async throws {
        try await withOldSnapshot { archive, connection in
            // Became available ten minutes ago, one after the other.
            _ = try await connection.query(
                """
                INSERT INTO headcount.shards (run_id, images, available_at)
                SELECT 1, int8multirange(int8range(n, n + 1)), now() - interval '10 minutes' + n * interval '1 ms'
                FROM generate_series(1, 2000) AS n
                """)
            let first = try await archive.registerTestWorker()
            var claimed = 0
            func claim(_ worker: Int) async throws {
                // As if a second had passed.
                _ = try await connection.query("UPDATE headcount.marks SET moved_at = now() - interval '1 minute'")
                for shard in try await archive.claim(worker: worker, lease: .seconds(600), images: 32) {
                    let counts = try shard.images.map { try CountResult.test($0.number) }
                    claimed += counts.count
                    _ = try await archive.record(counts, [], of: shard.lease, worker: worker, finish: true)
                }
            }
            let early = try await entries(connection) { try await claim(first) }
            while claimed < 1920 { try await claim(first) }
            // While some still wait, and when none does.
            for rest in [80, 0] {
                while 2000 - claimed > rest { try await claim(first) }
                let new = try await archive.registerTestWorker()
                let late = try await entries(connection) { try await claim(new) }
                #expect(early > 32 && late < 2 * early, "\(early) entries at first, \(late) with \(rest) left")
            }
            #expect(claimed == 2000)
        }
    }

    @Test("what waits before the mark is found all the same, a few minutes later")
    func stranded() async throws {
        try await withOldSnapshot { archive, connection in
            let worker = try await archive.registerTestWorker()
            func claim() async throws -> Int { try await archive.claim(worker: worker, lease: .seconds(600)).count }
            _ = try await connection.query("UPDATE headcount.marks SET moved_at = now() - interval '1 minute'")
            #expect(try await claim() == 0)
            // By a transaction that took longer than the mark waits for.
            _ = try await connection.query(
                """
                INSERT INTO headcount.shards (run_id, images, available_at)
                VALUES (1, '{[1,2)}', now() - interval '5 minutes')
                """)
            #expect(try await claim() == 0)
            _ = try await connection.query("UPDATE headcount.marks SET looked_at = now() - interval '6 minutes'")
            #expect(try await claim() == 1)
        }
    }

    @Test("with an old snapshot open, no heartbeat, no theft and no reader of progress passes what was leased long ago")
    func leased() async throws {
        try await withOldSnapshot { archive, connection in
            let (worker, thief) = (try await archive.registerTestWorker(), try await archive.registerTestWorker())
            for id in [worker, thief] {
                _ = try await connection.query(
                    """
                    INSERT INTO headcount.shards (run_id, images, token, worker_id)
                    SELECT 1, '{}', headcount.new_token() - 3600000000, $1 FROM generate_series(1, 1000)
                    """, [id])
            }
            _ = try await connection.query("DELETE FROM headcount.shards")
            _ = try await connection.query(
                "INSERT INTO headcount.shards (run_id, images, token) VALUES (1, '{[1,101)}', 1)")
            let held = try #require(
                try await archive.claim(worker: worker, lease: .seconds(600), images: 100).first)
            #expect(held.images.count == 100)
            let all: [(id: Int, leases: Set<ShardLease>)] = [(worker, [held.lease]), (thief, [])]
            for (id, leases) in all {
                let known = try await archive.heartbeat(worker: id, lease: .seconds(600), holding: leases, rate: 1)
                #expect(Set(known.keys) == leases)
            }
            let beating = try await entries(connection) {
                _ = try await archive.heartbeat(worker: worker, lease: .seconds(600), holding: [held.lease])
            }
            let reading = try await entries(connection) {
                let states = try await archive.progress(ofSet: "s").map(\.state)
                #expect(states == ["counting"])
            }
            let stealing = try await entries(connection) {
                let stolen = try await archive.claim(
                    worker: thief, lease: .seconds(600), pace: WorkerPace(rate: 1), maySteal: true)
                #expect(!stolen.isEmpty)
            }
            #expect(beating < 100 && reading < 100 && stealing < 200, "\(beating), \(reading), \(stealing)")
        }
    }

    @Test("a worker's mark follows the shards it holds, and what it held before the mark is given back at its end")
    func heldFrom() async throws {
        try await TestArchive.withFresh { archive, connection in
            try await connection.fillSet("s", images: 20)
            let worker = try await archive.registerTestWorker()
            let shard = try #require(try await archive.claim(worker: worker, lease: .seconds(600), images: 4).first)
            func mark() async throws -> Int? {
                try await connection.query("SELECT held_from FROM headcount.workers").first?.decode(
                    Int.self, "held_from")
            }
            #expect(try await mark() == 0)
            #expect(
                try await archive.heartbeat(worker: worker, lease: .seconds(600), holding: [shard.lease]).count == 1)
            let first = try #require(try await mark())
            #expect(first > 0 && first <= shard.lease.token)
            // As if the clock had been put back since.
            _ = try await connection.query(
                "UPDATE headcount.workers SET held_from = $1::bigint + 1", [shard.lease.token])
            #expect(
                try await archive.heartbeat(worker: worker, lease: .seconds(600), holding: [shard.lease]).count == 1)
            #expect(
                try await archive.record([.test(1)], [], of: shard.lease, worker: worker, finish: false)?.lastImage
                    == 4)
            try await archive.signOff(worker: worker)
            let next = try await archive.registerTestWorker()
            let rest = try await archive.claim(worker: next, lease: .seconds(600), images: 4)
            #expect(rest.flatMap { $0.images.map(\.number) } == [2, 3, 4])
        }
    }
}
