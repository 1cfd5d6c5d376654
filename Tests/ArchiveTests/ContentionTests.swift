import Archive
import Concurrency
import Postgres
import TestSupport
import Testing

/// What happens to the queue while somebody else is in the middle of something.
@Suite struct ContentionTests {
    /// Runs `work` against what another connection has done and not committed; commits that once `work` waits for it or
    /// is done.
    private static func against<Result: Sendable>(
        _ other: PostgresConnection, _ work: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let ended = Locked(false)
        let working = Task {
            defer { ended.withLock { $0 = true } }
            return try await work()
        }
        try await waitUntil("the work to wait or to end") {
            let waiting = try await other.query(
                "SELECT FROM pg_stat_activity a WHERE pg_backend_pid() = ANY (pg_blocking_pids(a.pid))")
            return !waiting.isEmpty || ended.withLock { $0 }
        }
        try await other.execute("COMMIT")
        return try await working.value
    }

    @Test("no worker waits for somebody who holds a run that is done; it is closed later")
    func heldRun() async throws {
        try await TestArchive.withFresh { archive, connection in
            try await archive.enqueueForTest("s", images: 1)
            let worker = try await archive.registerTestWorker()
            let shard = try #require(try await archive.claim(worker: worker, lease: .seconds(60), images: 1).first)
            _ = try await archive.record([.test(1)], [], of: shard.lease, worker: worker, finish: true)
            let other = try await PostgresConnection.connect(connection.configuration)
            try await other.execute("BEGIN; UPDATE headcount.runs SET priority = 1")
            // A claim that waits fails.
            try await connection.execute("SET lock_timeout = '5s'")
            #expect(try await archive.claim(worker: worker, lease: .seconds(60), images: 1).isEmpty)
            let open = "SELECT FROM headcount.runs WHERE is_open"
            #expect(try await connection.query(open).count == 1)
            try await other.execute("COMMIT")
            #expect(try await archive.claim(worker: worker, lease: .seconds(60), images: 1).isEmpty)
            #expect(try await connection.query(open).isEmpty)
            await other.close()
        }
    }

    @Test("a run that somebody cancels and does not commit holds up neither other runs nor heartbeats")
    func openCancel() async throws {
        try await TestArchive.withFresh { archive, connection in
            try await archive.enqueueForTest("s", images: 100)
            try await archive.enqueueForTest("t", images: 100)
            let worker = try await archive.registerTestWorker()
            func claim() async throws -> ClaimedShard {
                try #require(try await archive.claim(worker: worker, lease: .seconds(600), images: 4).first)
            }
            // Of a claim that nobody knows of, too.
            let (held, unknown) = (try await claim(), try await claim())
            #expect(held.run == 1 && unknown.run == 1)
            _ = try await connection.query(
                "UPDATE headcount.shards SET available_at = now() - interval '1 hour' WHERE id = $1",
                [unknown.lease.shard])
            let other = try await PostgresConnection.connect(connection.configuration)
            try await other.execute("BEGIN; UPDATE headcount.runs SET wish = 'cancelled' WHERE id = 1")
            // Whoever waits for it fails.
            try await connection.execute("SET statement_timeout = '60s'")
            let next = try await claim()
            #expect(next.run == 2)
            let counts = try next.images.map { try CountResult.test($0.number) }
            #expect(try await archive.record(counts, [], of: next.lease, worker: worker, finish: true) != nil)
            #expect(
                try await archive.heartbeat(worker: worker, lease: .seconds(600), holding: [held.lease])
                    == [held.lease: 4])
            func refusal(_ body: () async throws -> Void) async -> PostgresError? {
                await #expect(throws: PostgresError.self) { try await body() }
            }
            let first = held.images[0].number
            let refused = [
                await refusal {
                    _ = try await archive.record([.test(first)], [], of: held.lease, worker: worker, finish: false)
                },
                await refusal { try await archive.giveUp(held.lease, after: first, worker: worker) },
            ]
            #expect(refused.allSatisfy { $0?.sqlState == "55P03" && $0?.isTransient == true }, "\(refused)")
            try await other.execute("ROLLBACK")
            let receipt = try await archive.record(
                [.test(first)], [], of: held.lease, worker: worker, finish: false)
            #expect(receipt?.lastImage == 4)
            await other.close()
        }
    }

    @Test("whoever makes a set and does not commit keeps nobody else from making one, or a run")
    func openEnqueue() async throws {
        try await TestArchive.withFresh { archive, connection in
            try await archive.enqueueForTest("old", images: 1)
            let other = try await PostgresConnection.connect(connection.configuration)
            try await other.execute(
                """
                BEGIN;
                INSERT INTO headcount.inbox (set_name, url) SELECT 'large', 'http://h/' || n FROM generate_series(1, 9) n
                """)
            try await connection.execute("SET lock_timeout = '5s'")
            try await archive.enqueueForTest("urgent", list: "http://h/u\n", priority: 1)
            #expect(try await archive.recount(EnqueueRequest(set: "old")) > 0)
            let worker = try await archive.registerTestWorker()
            let shard = try #require(try await archive.claim(worker: worker, lease: .seconds(60)).first)
            #expect(shard.images.map(\.url) == ["http://h/u"])
            try await other.execute("COMMIT")
            #expect(try await archive.health().first { $0.what == "partitions" }?.isGood == true)
            let rows = try await connection.query(
                """
                SELECT s.name, count(*) AS images FROM headcount.images i JOIN headcount.sets s ON s.id = i.set_id
                GROUP BY s.name ORDER BY s.name
                """)
            #expect(try rows.map { try $0.decode(Int.self, "images") } == [9, 1, 1])
            #expect(try await connection.query("SELECT FROM pg_constraint WHERE conname = 'own_rows'").isEmpty)
            await other.close()
        }
    }

    @Test("the tables of a new set and run are partitions once it is committed, whoever enqueued and from what query")
    func partitioned() async throws {
        try await TestArchive.withFresh { archive, connection in
            try await archive.enqueueForTest("s", images: 3)
            // As one who owns no table; and from the very tables that the new ones become part of.
            try await connection.execute("SET ROLE headcount_enqueuer")
            _ = try await connection.query("SELECT headcount.enqueue('t', ARRAY['http://h/1'])")
            try await connection.execute("RESET ROLE")
            _ = try await connection.query(
                "INSERT INTO headcount.inbox (set_name, url) SELECT 'u', url FROM headcount.images WHERE set_id = 1")
            // Made and removed by the same transaction.
            try await connection.execute(
                """
                BEGIN; SELECT headcount.enqueue('v', ARRAY['http://h/1']); SELECT headcount.cancel('v');
                SELECT headcount.remove_set('v'); COMMIT
                """)
            let parts = try await connection.query(
                """
                SELECT format('%s %s', i.inhparent::regclass, count(*)) AS part FROM pg_inherits i
                JOIN pg_class c ON c.oid = i.inhrelid AND c.relkind = 'r' GROUP BY i.inhparent ORDER BY 1
                """)
            let found = try parts.map { try $0.decode(String.self, "part") }
            #expect(found == ["counts", "density_maps", "failures", "images"].map { "\($0) 3" })
            let images = try await connection.query("SELECT FROM headcount.images")
            #expect(images.count == 7)
        }
    }

    @Test("a set is not removed where what its removal waited for gave it work", arguments: [true, false])
    func removing(afterList: Bool) async throws {
        try await TestArchive.withFresh { archive, connection in
            try await archive.enqueueForTest("s", images: 1)
            let worker = try await archive.registerTestWorker()
            let shard = try #require(try await archive.claim(worker: worker, lease: .seconds(60)).first)
            let failure = FailureResult(image: 1, failure: .corrupt, detail: "cut")
            _ = try await archive.record([], [failure], of: shard.lease, worker: worker, finish: true)
            try await connection.execute("SET lock_timeout = '5min'")
            let other = try await PostgresConnection.connect(connection.configuration)
            try await other.execute("BEGIN")
            _ = try await other.query(
                afterList
                    ? "SELECT headcount.enqueue('s', ARRAY['http://h/2'])::bigint AS n"
                    : "SELECT headcount.retry_run(1) AS n")
            let state = try await Self.against(other) { () async throws -> String? in
                do {
                    _ = try await connection.query("SELECT headcount.remove_set('s')")
                    return "none"
                } catch let error as PostgresError {
                    return error.sqlState
                }
            }
            #expect(state == "55006")
            #expect(try await archive.progress(ofSet: "s").map(\.pending) == [1])
            await other.close()
        }
    }

    /// What of a worker may be under way while its run is cancelled.
    enum Deed: CaseIterable {
        case claim, split, steal, failure
    }

    @Test("nothing of a cancelled run stays in the queue, whatever was under way", arguments: Deed.allCases)
    func cancelling(during deed: Deed) async throws {
        try await TestArchive.withFresh { archive, connection in
            try await archive.enqueueForTest("s", images: 100)
            let (worker, next) = (try await archive.registerTestWorker(), try await archive.registerTestWorker())
            let other = try await PostgresConnection.connect(connection.configuration)
            let busy = Archive(other)
            if deed != .claim {
                let all = try #require(
                    try await archive.claim(
                        worker: worker, lease: .seconds(600), images: 100, pace: WorkerPace(rate: 1)
                    ).first)
                if deed == .split { try await archive.signOff(worker: worker) }
                try await other.execute("BEGIN")
                switch deed {
                case .split:
                    let few = try await busy.claim(worker: next, lease: .seconds(600), images: 4)
                    #expect(few.first?.images.count == 4)
                case .steal:
                    #expect(
                        try await !busy.claim(
                            worker: next, lease: .seconds(600), pace: WorkerPace(rate: 1), maySteal: true
                        ).isEmpty)
                default:
                    let failure = FailureResult(image: 1, failure: .timeout, detail: "slow")
                    _ = try await busy.record([], [failure], of: all.lease, worker: worker, finish: false)
                }
            } else {
                try await other.execute("BEGIN")
                #expect(try await busy.claim(worker: worker, lease: .seconds(600), images: 4).count == 1)
            }
            #expect(try await Self.against(other) { try await archive.cancel("s") } == 1)
            #expect(try await connection.query("SELECT FROM headcount.shards").isEmpty)
            #expect(try await connection.query("SELECT FROM headcount.stripes").isEmpty)
            await other.close()
        }
    }

    @Test("a worker's heartbeat takes along shards of runs that were cancelled or are gone", arguments: [1, 99])
    func orphans(run: Int) async throws {
        try await TestArchive.withFresh { archive, connection in
            try await archive.enqueueForTest("s", images: 10)
            _ = try await archive.cancel("s")
            let worker = try await archive.registerTestWorker()
            _ = try await connection.query(
                """
                INSERT INTO headcount.shards (run_id, images, token, worker_id)
                VALUES ($1::integer, '{[1,9)}', headcount.new_token(), $2)
                """, [run, worker])
            #expect(try await archive.heartbeat(worker: worker, lease: .seconds(60), holding: []).isEmpty)
            #expect(try await connection.query("SELECT FROM headcount.shards").isEmpty)
        }
    }

    @Test("a run that is tried again while it is detached stays, or is not tried again", arguments: [true, false])
    func detaching(afterRetry: Bool) async throws {
        try await TestArchive.withFresh { archive, connection in
            try await archive.enqueueForTest("s", images: 1)
            let worker = try await archive.registerTestWorker()
            let shard = try #require(try await archive.claim(worker: worker, lease: .seconds(60), images: 1).first)
            let failure = FailureResult(image: 1, failure: .corrupt, detail: "cut")
            _ = try await archive.record([], [failure], of: shard.lease, worker: worker, finish: true)
            let other = try await PostgresConnection.connect(connection.configuration)
            try await other.execute("BEGIN")
            let (first, second) = ("SELECT headcount.retry_run(1)", "SELECT headcount.detach_run(1)")
            _ = try await other.query(afterRetry ? first : second)
            let state = try await Self.against(other) { () async throws -> String? in
                do {
                    _ = try await connection.query(afterRetry ? second : first)
                    return "none"
                } catch let error as PostgresError {
                    return error.sqlState
                }
            }
            #expect(state == "55000")
            await other.close()
        }
    }

    @Test("tallies of workers that ended become one for each engine, and none is lost, whoever writes meanwhile")
    func folding() async throws {
        try await TestArchive.withFresh { archive, connection in
            try await archive.enqueueForTest("s", images: 60)
            let engines = ["openvino", "openvino", "openvino", "simulated", "simulated", "openvino"]
            var shards: [(worker: Int, shard: ClaimedShard)] = []
            for (index, engine) in engines.enumerated() {
                let worker = try await archive.registerTestWorker(engine: engine)
                let shard = try #require(
                    try await archive.claim(worker: worker, lease: .seconds(600), images: 10).first)
                let failure = FailureResult(
                    image: shard.images[9].number, failure: .corrupt, detail: "cut")
                let counts = try shard.images.prefix(index).map { try CountResult.test($0.number) }
                _ = try await archive.record(counts, [failure], of: shard.lease, worker: worker, finish: false)
                shards.append((worker, shard))
            }
            func totals() async throws -> [Int] {
                let progress = try #require(try await archive.progress(ofSet: "s").first)
                return [progress.counted, progress.failed]
            }
            #expect(try await totals() == [15, 6])
            @Sendable func fold() async throws -> Int? {
                try await connection.query("SELECT headcount.fold_tallies() AS n").first?.decode(Int.self, "n")
            }
            _ = try await connection.query("UPDATE headcount.workers SET stopped_at = now() - interval '9 minutes'")
            #expect(try await fold() == 0)
            // All but the last, which is at work.
            _ = try await connection.query(
                """
                UPDATE headcount.workers SET
                    stopped_at = CASE WHEN id < $1 THEN now() - interval '11 minutes' END
                """, [shards[5].worker])
            // One that was taken for stopped writes just now; and one comes back later.
            let other = try await PostgresConnection.connect(connection.configuration)
            try await other.execute("BEGIN")
            func write(_ archive: Archive, _ index: Int, _ image: Int) async throws {
                let (worker, shard) = shards[index]
                let count = try CountResult.test(shard.images[image].number)
                #expect(
                    try await archive.record([count], [], of: shard.lease, worker: worker, finish: false) != nil)
            }
            try await write(Archive(other), 1, 8)
            try await write(Archive(other), 2, 8)
            #expect(try await Self.against(other) { try await fold() } == 3)
            #expect(try await totals() == [17, 6])
            try await write(archive, 0, 8)
            try await write(archive, 2, 7)
            try await write(archive, 5, 8)
            #expect(try await totals() == [20, 6])
            #expect(try await fold() == 1)
            #expect(try await fold() == 0)
            #expect(try await totals() == [20, 6])
            let rows = try await connection.query(
                """
                SELECT w.engine || ' ' || (w.stopped_at IS NULL) AS kind, t.counted FROM headcount.tallies t
                JOIN headcount.workers w ON w.id = t.worker_id ORDER BY 1
                """)
            #expect(
                try rows.map { try $0.decode(String.self, "kind") }
                    == ["openvino false", "openvino true", "simulated false"])
            #expect(try rows.map { try $0.decode(Int.self, "counted") } == [7, 6, 7])
            await other.close()
        }
    }

    @Test("a set that somebody reads is not removed, nor a run of it detached, and the error says so")
    func readers() async throws {
        try await TestArchive.withFresh { archive, connection in
            try await archive.enqueueForTest("s", images: 1)
            _ = try await archive.cancel("s")
            let reader = try await PostgresConnection.connect(connection.configuration)
            try await reader.execute("BEGIN; SELECT count(*) FROM headcount.results")
            for (statement, words) in [
                ("SELECT headcount.remove_set('s')", "image set \"s\" is in use"),
                ("SELECT headcount.detach_run(1)", "run 1 is in use"),
            ] {
                try await connection.execute("SET lock_timeout = '100ms'")
                let error = await #expect(throws: PostgresError.self) { try await connection.query(statement) }
                #expect(error?.sqlState == "55P03")
                #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
            }
            try await reader.execute("COMMIT")
            // Bounded by themselves where the caller says nothing, and for their transaction alone.
            try await connection.execute("RESET lock_timeout; BEGIN")
            _ = try await connection.query("SELECT headcount.detach_run(1)")
            func bound() async throws -> String? {
                try await connection.query("SELECT current_setting('lock_timeout') AS bound").first?.decode(
                    String.self, "bound")
            }
            #expect(try await bound() == "3s")
            try await connection.execute("COMMIT")
            #expect(try await bound() == "0")
            // Three seconds, by the command too: before the statement itself has had its time.
            try await reader.execute("BEGIN; SELECT count(*) FROM headcount.images")
            try await connection.execute("SET statement_timeout = '8s'")
            let error = await #expect(throws: PostgresError.self) { try await archive.remove("s") }
            #expect(error?.sqlState == "55P03")
            try await reader.execute("COMMIT")
            try await archive.remove("s")
            await reader.close()
        }
    }
}
