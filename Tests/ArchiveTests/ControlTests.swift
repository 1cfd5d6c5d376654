import Archive
import Postgres
import TestSupport
import Testing

@Suite struct ControlTests {
    @Test("a paused set is not claimed, a resumed one is, a cancelled one never again")
    func wishes() async throws {
        try await TestArchive.withFresh { archive, connection in
            try await archive.enqueueForTest("s", images: 100)
            let worker = try await archive.registerTestWorker()
            #expect(try await archive.pause("s") == 1)
            #expect(try await archive.claim(worker: worker, lease: .seconds(60)).isEmpty)
            #expect(try await archive.resume("s") == 1)
            let shard = try #require(try await archive.claim(worker: worker, lease: .seconds(60)).first)
            #expect(try await archive.cancel("s") == 1)
            #expect(try await archive.resume("s") == 0)
            #expect(
                try await archive.record([.test(1)], [], of: shard.lease, worker: worker, finish: true) == nil)
            #expect(try await archive.claim(worker: worker, lease: .seconds(60)).isEmpty)
            #expect(try await archive.progress(ofSet: "s").map(\.state) == ["cancelled"])
            #expect(try await connection.query("SELECT FROM headcount.shards").isEmpty)
        }
    }

    @Test("a set's priority can be changed while it waits")
    func priority() async throws {
        try await TestArchive.withFresh { archive, _ in
            try await archive.enqueueForTest("a", images: 10)
            try await archive.enqueueForTest("b", images: 10)
            #expect(try await archive.setPriority(3, of: "b") == 1)
            let worker = try await archive.registerTestWorker()
            #expect(try await archive.claim(worker: worker, lease: .seconds(60)).first?.run == 2)
        }
    }

    @Test("failures of one class are tried again, all their attempts anew, and then count as pending")
    func retry() async throws {
        try await TestArchive.withFresh { archive, _ in
            try await archive.enqueueForTest("s", images: 3)
            let worker = try await archive.registerTestWorker()
            let shard = try #require(try await archive.claim(worker: worker, lease: .seconds(60), images: 3).first)
            let failures = [
                FailureResult(image: 1, failure: .corrupt, detail: "cut"),
                FailureResult(image: 2, attempt: 4, failure: .timeout, detail: "slow"),
            ]
            #expect(
                try await archive.record([.test(3)], failures, of: shard.lease, worker: worker, finish: true)?.lastImage
                    == 0)
            // Closes the run.
            #expect(try await archive.claim(worker: worker, lease: .seconds(60)).isEmpty)
            #expect(try await archive.retry("s", failure: .timeout) == 1)
            let progress = try #require(try await archive.progress(ofSet: "s").first)
            #expect(progress.failed == 1 && progress.counted == 1 && progress.pending == 1)
            let again = try #require(try await archive.claim(worker: worker, lease: .seconds(60)).first)
            #expect(again.images.map(\.number) == [2])
            #expect(again.images.map(\.attempts) == [0])
            #expect(
                try await archive.record([.test(2)], [], of: again.lease, worker: worker, finish: true)?.lastImage == 0)
            #expect(try await archive.retry("s") == 1)
            #expect(try await archive.retry("s") == 0)
        }
    }

    @Test("a removed set leaves nothing behind, whatever was being counted of it")
    func removal() async throws {
        try await TestArchive.withFresh { archive, connection in
            try await archive.enqueueForTest("s", images: 100)
            try await archive.enqueueForTest("other", images: 1)
            let worker = try await archive.registerTestWorker()
            let shard = try #require(try await archive.claim(worker: worker, lease: .seconds(60)).first)
            try await archive.remove("s")
            #expect(
                try await archive.record([.test(1)], [], of: shard.lease, worker: worker, finish: true) == nil)
            #expect(try await archive.progress().map(\.setName) == ["other"])
            let left = try await connection.query(
                "SELECT relname FROM pg_class WHERE relname ~ '^(images|counts|failures|density_maps)_1$'")
            #expect(left.isEmpty)
            await #expect(throws: ArchiveError.unknownSet("s")) { try await archive.remove("s") }
            #expect(try await archive.health().allSatisfy(\.isGood))
        }
    }

    @Test("the results of a run that is done can be taken out of the views")
    func detaching() async throws {
        try await TestArchive.withFresh { archive, connection in
            try await archive.enqueueForTest("s", images: 1)
            await #expect(throws: PostgresError.self) { try await connection.query("SELECT headcount.detach_run(1)") }
            let worker = try await archive.registerTestWorker()
            let shard = try #require(try await archive.claim(worker: worker, lease: .seconds(60)).first)
            #expect(
                try await archive.record([.test(1)], [], of: shard.lease, worker: worker, finish: true)?.lastImage == 0)
            _ = try await connection.query("SELECT headcount.detach_run(1)")
            #expect(try await connection.query("SELECT FROM headcount.results").isEmpty)
            #expect(try await connection.query("SELECT FROM headcount.counts_1").count == 1)
            #expect(try await archive.health().allSatisfy(\.isGood))
        }
    }

    @Test("old runs leave the views once their set says so: those that are done and not the newest")
    func detachingOld() async throws {
        try await TestArchive.withFresh { archive, connection in
            try await archive.enqueueForTest("s", images: 1)
            let worker = try await archive.registerTestWorker()
            for run in 1...3 {
                if run > 1 { _ = try await archive.recount(EnqueueRequest(set: "s")) }
                // The second is never counted.
                guard run != 2 else {
                    _ = try await connection.query("UPDATE headcount.runs SET wish = 'paused' WHERE id = 2")
                    continue
                }
                let shard = try #require(try await archive.claim(worker: worker, lease: .seconds(600)).first)
                #expect(shard.run == run)
                #expect(
                    try await archive.record([.test(1)], [], of: shard.lease, worker: worker, finish: true)?.lastImage
                        == 0)
            }
            func detach() async throws -> Int? {
                try await connection.query("SELECT headcount.detach_old_runs() AS n").first?.decode(Int.self, "n")
            }
            #expect(try await detach() == 0)
            _ = try await connection.query("UPDATE headcount.sets SET detach_after = '1 hour'")
            #expect(try await detach() == 0)
            _ = try await connection.query("UPDATE headcount.sets SET detach_after = '0'")
            #expect(try await detach() == 1)
            #expect(try await detach() == 0)
            let left = try await connection.query("SELECT run_id FROM headcount.results")
            #expect(try left.map { try $0.decode(Int.self, "run_id") } == [3])
            #expect(try await archive.health().allSatisfy(\.isGood))
        }
    }

    @Test("the health of the queue tells of partitions, the oldest lease, dead rows, bloat and old snapshots")
    func health() async throws {
        try await TestArchive.withFresh { archive, connection in
            try await archive.enqueueForTest("s", images: 10)
            let worker = try await archive.registerTestWorker()
            _ = try await archive.claim(worker: worker, lease: .seconds(600), images: 1)
            let findings = try await archive.health()
            #expect(
                findings.map(\.what) == [
                    "partitions", "detached runs", "leases", "dead rows", "bloat", "old snapshots",
                ])
            #expect(findings.contains { !$0.isGood } == false)
            #expect(findings[2].detail.hasPrefix("1 shards leased by 1 workers, the oldest for"))
            _ = try await connection.query("UPDATE headcount.workers SET lease_until = now() - interval '1 hour'")
            #expect(try await archive.health().first { !$0.isGood }?.what == "leases")
        }
    }

    @Test("an old snapshot of another role is told of too, by the transactions since where its age may not be seen")
    func oldSnapshots() async throws {
        try await TestArchive.withFresh { archive, connection in
            func finding() async throws -> (isGood: Bool, detail: String) {
                let found = try #require(try await archive.health().last)
                return (found.isGood, found.detail)
            }
            #expect(try await finding() == (true, "none"))
            let other = try await PostgresConnection.connect(connection.configuration)
            try await other.execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM headcount.runs")
            // Its own role sees since when.
            #expect(try await finding().detail.hasPrefix("the oldest is "))
            try await connection.execute("SET ROLE headcount_reader")
            let young = try await finding()
            #expect(young.isGood && young.detail.hasPrefix("1 of other roles"), "\(young)")
            #expect(young.detail.contains("GRANT pg_read_all_stats TO headcount_reader"))
            try await connection.execute("RESET ROLE")
            try await connection.execute(
                "DO $$ BEGIN FOR n IN 1..150000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$")
            #expect(try await finding().isGood)
            try await connection.execute("SET ROLE headcount_reader")
            let old = try await finding()
            #expect(!old.isGood && old.detail.hasPrefix("1 of other roles"), "\(old)")
            try await other.execute("COMMIT")
            #expect(try await finding() == (true, "none"))
            await other.close()
        }
    }

    @Test("what is inserted into the inbox is enqueued, set by set, and the inbox is empty")
    func inbox() async throws {
        try await TestArchive.withFresh { archive, connection in
            for _ in 0..<2 {
                _ = try await connection.query(
                    """
                    INSERT INTO headcount.inbox (set_name, url, key)
                    SELECT 'set ' || n % 2, 'http://h/' || n, 'k' || n FROM generate_series(1, 9) n
                    """)
            }
            #expect(try await archive.progress().map(\.images).sorted() == [4, 5])
            #expect(try await connection.query("SELECT FROM headcount.inbox").isEmpty)
            let kept = try await connection.query("SELECT FROM headcount.images WHERE key = 'k' || right(url, 1)")
            #expect(kept.count == 9)
            await #expect(throws: PostgresError.self) {
                try await connection.query("INSERT INTO headcount.inbox (set_name, url) VALUES ('s', 'file:///x')")
            }
        }
    }

    @Test("what is enqueued after a run was detached is counted by another, and is in the views")
    func enqueueAfterDetaching() async throws {
        try await TestArchive.withFresh { archive, connection in
            try await archive.enqueueForTest("s", images: 1)
            let worker = try await archive.registerTestWorker()
            func count() async throws -> Int {
                var images = 0
                while let shard = try await archive.claim(worker: worker, lease: .seconds(600)).first {
                    let counts = try shard.images.dropLast().map { try CountResult.test($0.number) }
                    let failure = FailureResult(
                        image: shard.images[shard.images.count - 1].number, failure: .corrupt, detail: "cut")
                    _ = try await archive.record(counts, [failure], of: shard.lease, worker: worker, finish: true)
                    images += shard.images.count
                }
                return images
            }
            #expect(try await count() == 1)
            _ = try await connection.query("SELECT headcount.detach_run(1)")
            // Neither by the set nor by the run.
            #expect(try await archive.retry("s") == 0)
            let error = await #expect(throws: PostgresError.self) {
                try await connection.query("SELECT headcount.retry_run(1)")
            }
            #expect(error?.description.contains("run 1 was detached") == true)
            #expect(error?.sqlState == "55000")
            try await archive.enqueueForTest("s", images: 40)
            #expect(try await count() == 40)
            let shown = try await connection.query(
                """
                SELECT image FROM headcount.results UNION ALL SELECT image FROM headcount.failed_images ORDER BY 1
                """)
            #expect(try shown.map { try $0.decode(Int.self, "image") } == Array(1...40))
            #expect(try await archive.progress(ofSet: "s").map(\.images) == [1, 40])
            #expect(try await archive.health().allSatisfy(\.isGood))
            _ = try await connection.query("UPDATE headcount.runs SET is_open = true WHERE id = 1")
            let finding = try await archive.health().first { !$0.isGood }
            #expect(finding?.what == "detached runs" && finding?.detail.contains("shows it: 1;") == true)
        }
    }

    @Test("a run that was cancelled by an UPDATE leaves the queue too, and none that was cancelled comes back")
    func cancelledForGood() async throws {
        try await TestArchive.withFresh { archive, connection in
            try await archive.enqueueForTest("s", images: 100)
            let worker = try await archive.registerTestWorker()
            _ = try await archive.claim(worker: worker, lease: .seconds(60))
            _ = try await connection.query("UPDATE headcount.runs SET wish = 'cancelled'")
            #expect(try await connection.query("SELECT FROM headcount.shards").isEmpty)
            #expect(try await connection.query("SELECT FROM headcount.stripes").isEmpty)
            for wish in ["active", "paused"] {
                let error = await #expect(throws: PostgresError.self) {
                    try await connection.query("UPDATE headcount.runs SET wish = '\(wish)'")
                }
                #expect(error?.description.contains("run 1 was cancelled") == true)
            }
            _ = try await connection.query("UPDATE headcount.runs SET wish = 'cancelled'")
        }
    }

    @Test("the backlog tells the runs that have something left, not those that nobody has closed yet")
    func backlog() async throws {
        try await TestArchive.withFresh { archive, connection in
            try await archive.enqueueForTest("s", images: 1)
            func backlog() async throws -> [Int] {
                let row = try #require(try await connection.query("SELECT * FROM headcount.backlog").first)
                return [try row.decode(Int.self, "runs"), try row.decode(Int.self, "images")]
            }
            #expect(try await backlog() == [1, 1])
            let worker = try await archive.registerTestWorker()
            let shard = try #require(try await archive.claim(worker: worker, lease: .seconds(60)).first)
            _ = try await archive.record([.test(1)], [], of: shard.lease, worker: worker, finish: true)
            #expect(try await connection.query("SELECT FROM headcount.runs WHERE is_open").count == 1)
            #expect(try await backlog() == [0, 0])
        }
    }

    @Test("a missing partition is reported")
    func missingPartition() async throws {
        try await TestArchive.withFresh { archive, connection in
            try await archive.enqueueForTest("s", images: 1)
            try await connection.execute("DROP TABLE headcount.counts_1")
            let finding = try await archive.health().first { $0.what == "partitions" }
            #expect(finding?.isGood == false)
            #expect(finding?.detail.contains("counts_1") == true)
        }
    }

    @Test("who may be idle is told of work, not who has some, and who is busy of what is urgent")
    func notices() async throws {
        try await TestArchive.withFresh { archive, connection in
            var notices = archive.notices().makeAsyncIterator()
            // Listening: look once.
            #expect(try await notices.next() == .work)
            try await archive.enqueueForTest("s", images: 10)
            #expect(try await notices.next() == .work)
            try await archive.enqueueForTest("s", images: 20)
            // Had the second list notified too, that would come before this.
            try await archive.enqueueForTest("urgent", list: "http://host/1.jpg\n", priority: 1)
            #expect(try await notices.next() == .urgent)
            try await archive.enqueueForTest("equal", list: "http://host/1.jpg\n")
            #expect(try await notices.next() == .work)
            _ = try await archive.setPriority(2, of: "equal")
            #expect(try await notices.next() == .urgent)
            // Whatever statement it is done by, and for what is in front now as for what was put there.
            _ = try await connection.query("UPDATE headcount.runs SET priority = -1 WHERE priority = 2")
            #expect(try await notices.next() == .urgent)
            _ = try await connection.query("UPDATE headcount.runs SET priority = 0, wish = 'paused'")
            _ = try await connection.query("UPDATE headcount.runs SET wish = 'active'")
            #expect(try await notices.next() == .work)
        }
    }
}
