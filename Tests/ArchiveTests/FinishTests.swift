import Archive
import Postgres
import TestSupport
import Testing

@Suite struct FinishTests {
    private func claim(_ archive: Archive, images: Int) async throws -> (worker: Int, shards: [ClaimedShard]) {
        try await archive.enqueueForTest("s", images: images)
        let worker = try await archive.registerTestWorker()
        return (worker, try await archive.claim(worker: worker, lease: .seconds(600), images: 1000))
    }

    @Test("every image ends with exactly one count or one final failure, and progress says so without counting rows")
    func conservation() async throws {
        try await TestArchive.withFresh { archive, connection in
            let images = 300
            var generator = SystemRandomNumberGenerator()
            try await archive.enqueueForTest("s", images: images)
            // Retries must not wait for the clock.
            _ = try await connection.query("UPDATE headcount.failure_classes SET first_delay = '0'")
            let worker = try await archive.registerTestWorker()
            while true {
                let shards = try await archive.claim(worker: worker, lease: .seconds(600), images: 30)
                if shards.isEmpty { break }
                for shard in shards {
                    var counts: [CountResult] = []
                    var failures: [FailureResult] = []
                    for image in shard.images {
                        switch Int.random(in: 0..<6, using: &generator) {
                        case 0:
                            failures.append(
                                .init(
                                    image: image.number, attempt: image.attempts + 1, failure: .timeout,
                                    detail: "slow"))
                        case 1:
                            failures.append(
                                .init(
                                    image: image.number, attempt: image.attempts + 1, failure: .corrupt,
                                    detail: "cut"))
                        case 2: break  // given up
                        default: counts.append(try .test(image.number))
                        }
                    }
                    // Half of the results land in the middle of the shard.
                    let half = counts.count / 2
                    #expect(
                        try await archive.record(
                            Array(counts[..<half]), failures, of: shard.lease, worker: worker, finish: false) != nil)
                    #expect(
                        try await archive.record(
                            Array(counts[half...]), [], of: shard.lease, worker: worker, finish: true) != nil)
                }
            }
            let ends = try await connection.query(
                """
                SELECT i.number,
                    (SELECT count(*) FROM headcount.counts c WHERE c.image = i.number) AS counts,
                    (SELECT count(*) FROM headcount.failures f WHERE f.image = i.number AND f.final) AS failures
                FROM headcount.images i
                """)
            #expect(ends.count == images)
            for end in ends {
                let total = try end.decode(Int.self, "counts") + end.decode(Int.self, "failures")
                let number = try end.decode(Int.self, "number")
                #expect(total == 1, "image \(number)")
            }
            let progress = try #require(try await archive.progress(ofSet: "s").first)
            let counted = try await connection.query("SELECT FROM headcount.counts").count
            #expect(progress.counted == counted)
            #expect(progress.failed == images - counted)
            #expect(progress.pending == 0)
            #expect(progress.state == "done")
        }
    }

    @Test("a result written twice counts once")
    func twice() async throws {
        try await TestArchive.withFresh { archive, connection in
            let (worker, shards) = try await claim(archive, images: 1)
            for count in [5.0, 6.0] {
                #expect(
                    try await archive.record(
                        [.test(1, count: count)], [], of: shards[0].lease, worker: worker, finish: false)?.lastImage
                        == 0)
            }
            let counts = try await connection.query("SELECT count FROM headcount.counts")
            #expect(try counts.map { try $0.decode(Double.self, "count") } == [5])
            #expect(try await archive.progress(ofSet: "s").map(\.counted) == [1])
        }
    }

    @Test("a result for an image outside the shard is left out")
    func foreignImage() async throws {
        try await TestArchive.withFresh { archive, connection in
            try await archive.enqueueForTest("s", images: 2)
            let worker = try await archive.registerTestWorker()
            let shard = try #require(try await archive.claim(worker: worker, lease: .seconds(600), images: 1).first)
            let failure = FailureResult(image: 2, failure: .corrupt, detail: "not mine")
            #expect(
                try await archive.record([.test(1), .test(2)], [], of: shard.lease, worker: worker, finish: false)?
                    .lastImage == 0)
            #expect(
                try await archive.record([], [failure], of: shard.lease, worker: worker, finish: true)?.lastImage == 0)
            let counted = try await connection.query("SELECT image FROM headcount.counts")
            #expect(try counted.map { try $0.decode(Int.self, "image") } == [1])
            #expect(try await connection.query("SELECT FROM headcount.failures").isEmpty)
        }
    }

    @Test("a failure is tried again later, as often as its class says, and is final then")
    func retries() async throws {
        try await TestArchive.withFresh { archive, connection in
            try await archive.enqueueForTest("s", images: 1)
            let worker = try await archive.registerTestWorker()
            for attempt in 0..<4 {
                let shard = try #require(
                    try await archive.claim(worker: worker, lease: .seconds(60), images: 1).first)
                #expect(shard.images.map(\.attempts) == [attempt])
                let failure = FailureResult(
                    image: 1, attempt: attempt + 1, failure: .timeout, detail: "attempt \(attempt)")
                #expect(
                    try await archive.record([], [failure], of: shard.lease, worker: worker, finish: true)?.lastImage
                        == 0)
                // Not at once:
                #expect(try await archive.claim(worker: worker, lease: .seconds(60), images: 1).isEmpty)
                _ = try await connection.query("UPDATE headcount.shards SET available_at = now()")
            }
            let failures = try await connection.query("SELECT attempt, final FROM headcount.failures ORDER BY attempt")
            #expect(try failures.map { try $0.decode(Int.self, "attempt") } == [1, 2, 3, 4])
            #expect(try failures.map { try $0.decode(Bool.self, "final") } == [false, false, false, true])
            let progress = try #require(try await archive.progress(ofSet: "s").first)
            #expect(progress.failed == 1)
            #expect(progress.state == "done")
            let listed = try await archive.failures(ofRun: progress.runID)
            #expect(listed.map(\.failure) == ["timeout"])
        }
    }

    @Test("the host's own wish for a later time is kept")
    func retryAfter() async throws {
        try await TestArchive.withFresh { archive, connection in
            let (worker, shards) = try await claim(archive, images: 1)
            let failure = FailureResult(
                image: 1, failure: .rateLimited, detail: "429", askedDelay: .seconds(7200))
            #expect(
                try await archive.record([], [failure], of: shards[0].lease, worker: worker, finish: true)?.lastImage
                    == 0)
            let waiting = try await connection.query(
                """
                SELECT available_at BETWEEN now() + interval '7100 s' AND now() + interval '7300 s' AS kept
                FROM headcount.shards
                """)
            #expect(try waiting.map { try $0.decode(Bool.self, "kept") } == [true])
        }
    }

    @Test("what is postponed leaves its shard without an attempt, and waits with others for the same moment")
    func postponed() async throws {
        try await TestArchive.withFresh { archive, connection in
            try await archive.enqueueForTest("s", images: 90)
            let worker = try await archive.registerTestWorker()
            for first in stride(from: 1, through: 81, by: 10) {
                let shard = try #require(
                    try await archive.claim(worker: worker, lease: .seconds(600), images: 10).first)
                let waiting = (first..<first + 9).map { PostponedImage(image: $0, wait: .seconds(2500)) }
                let receipt = try await archive.record(
                    [.test(first + 9)], [], postponed: waiting, of: shard.lease, worker: worker, finish: true)
                #expect(receipt?.lastImage == 0 && receipt?.leftOut == [])
                // Once more, as where the answer was lost: it is not there twice.
                #expect(
                    try await archive.record(
                        [], [], postponed: waiting, of: shard.lease, worker: worker, finish: true) == nil)
            }
            let shards = try await connection.query(
                """
                SELECT headcount.multirange_size(images) AS images,
                    available_at BETWEEN now() + interval '2490 s' AND now() + interval '2800 s' AS kept
                FROM headcount.shards
                """)
            // A moment may have passed on the grid meanwhile.
            #expect((1...2).contains(shards.count))
            #expect(try shards.map { try $0.decode(Int.self, "images") }.reduce(0, +) == 81)
            #expect(try shards.allSatisfy { try $0.decode(Bool.self, "kept") })
            #expect(try await connection.query("SELECT FROM headcount.failures").isEmpty)
            #expect(try await archive.claim(worker: worker, lease: .seconds(600), images: 90).isEmpty)
            #expect(try await !archive.isDrained(worker: worker))
            _ = try await connection.query("UPDATE headcount.shards SET available_at = now()")
            let again = try await archive.claim(worker: worker, lease: .seconds(600), images: 90).flatMap(\.images)
            #expect(again.count == 81 && again.allSatisfy { $0.attempts == 0 })
        }
    }

    @Test("a wait is a day at most")
    func longestPostponement() async throws {
        try await TestArchive.withFresh { archive, connection in
            let (worker, shards) = try await claim(archive, images: 1)
            _ = try await archive.record(
                [], [], postponed: [PostponedImage(image: 1, wait: .seconds(1_000_000))], of: shards[0].lease,
                worker: worker, finish: true)
            let waiting = try await connection.query(
                "SELECT FROM headcount.shards WHERE available_at < now() + interval '27 hours'")
            #expect(waiting.count == 1)
        }
    }

    @Test("the wait doubles, varies by a quarter and never passes an hour", arguments: 1...20)
    func backoff(attempt: Int) async throws {
        try await TestArchive.withFresh { _, connection in
            let row = try await connection.query(
                """
                SELECT min(s) AS low, max(s) AS high FROM (
                    SELECT extract(epoch FROM headcount.retry_delay('timeout', $1, NULL))::double precision AS s
                    FROM generate_series(1, 200)) AS delays
                """, [attempt]
            ).first
            var expected = 5.0
            for _ in 1..<attempt { expected *= 2 }
            expected = min(expected, 3600)
            let delays = try #require(row)
            let (low, high) = (try delays.decode(Double.self, "low"), try delays.decode(Double.self, "high"))
            #expect(low >= expected * 0.75)
            #expect(high <= expected * 1.25)
        }
    }

    @Test("what failed in one write comes back together, as its failures say, and varied from one write to the next")
    func variedRetries() async throws {
        try await TestArchive.withFresh { archive, connection in
            try await archive.enqueueForTest("s", images: 480)
            let worker = try await archive.registerTestWorker()
            for _ in 1...12 {
                let shard = try #require(
                    try await archive.claim(worker: worker, lease: .seconds(600), images: 40).first)
                let failures = shard.images.map { FailureResult(image: $0.number, failure: .timeout, detail: "slow") }
                _ = try await archive.record([], failures, of: shard.lease, worker: worker, finish: true)
            }
            let shards = try await connection.query(
                """
                SELECT headcount.multirange_size(s.images) AS images, bool_and(f.retry_at = s.available_at) AS is_told,
                    min(extract(epoch FROM f.retry_at - f.failed_at))::double precision AS wait
                FROM headcount.shards s JOIN headcount.failures f ON s.images @> f.image GROUP BY s.id
                """)
            #expect(try shards.map { try $0.decode(Int.self, "images") } == Array(repeating: 40, count: 12))
            #expect(try shards.allSatisfy { try $0.decode(Bool.self, "is_told") })
            let waits = try shards.map { try $0.decode(Double.self, "wait") }
            #expect(waits.allSatisfy { $0 >= 3.75 })
            // Twelve draws of which none is in the lower half: once in four thousand times five hundred.
            #expect((waits.min() ?? 9) < 5.6, "\(waits)")
        }
    }

    @Test("waits within a factor of two share a shard, and no host's own wish is cut short")
    func sharedRetries() async throws {
        try await TestArchive.withFresh { archive, connection in
            let (worker, shards) = try await claim(archive, images: 4)
            let failures = [
                FailureResult(image: 1, failure: .rateLimited, detail: "", askedDelay: .seconds(500)),
                FailureResult(image: 2, failure: .rateLimited, detail: "", askedDelay: .seconds(300)),
                FailureResult(image: 3, failure: .rateLimited, detail: "", askedDelay: .seconds(5000)),
                FailureResult(image: 4, failure: .corrupt, detail: ""),
            ]
            _ = try await archive.record([], failures, of: shards[0].lease, worker: worker, finish: true)
            let waiting = try await connection.query(
                """
                SELECT s.images::text AS images FROM headcount.shards s
                WHERE (SELECT count(*) FROM headcount.failures f
                       WHERE s.images @> f.image AND f.retry_at = s.available_at
                           AND f.retry_at >= f.failed_at + CASE f.image WHEN 3 THEN interval '5000 s' ELSE '500 s' END)
                    = headcount.multirange_size(s.images)
                ORDER BY s.available_at
                """)
            #expect(try waiting.map { try $0.decode(String.self, "images") } == ["{[1,3)}", "{[3,4)}"])
            let final = try await connection.query(
                "SELECT image FROM headcount.failures WHERE final AND retry_at IS NULL")
            #expect(try final.map { try $0.decode(Int.self, "image") } == [4])
        }
    }

    @Test("a higher priority goes first, equal ones share the workers, a paused run is left alone")
    func fairness() async throws {
        try await TestArchive.withFresh { archive, connection in
            try await archive.enqueueForTest("large", images: 2000)
            try await archive.enqueueForTest("small", images: 20)
            let worker = try await archive.registerTestWorker()
            func claimAndFinish(images: Int) async throws -> [Int] {
                let shards = try await archive.claim(worker: worker, lease: .seconds(60), images: images)
                for shard in shards {
                    let counts = try shard.images.map { try CountResult.test($0.number) }
                    _ = try await archive.record(counts, [], of: shard.lease, worker: worker, finish: true)
                }
                return shards.map(\.run)
            }
            var runs: [Int] = []
            for _ in 0..<6 { runs += try await claimAndFinish(images: 2) }
            #expect(runs == [1, 2, 1, 2, 1, 2])
            try await archive.enqueueForTest("urgent", list: "http://h/u\n", priority: 5)
            #expect(try await claimAndFinish(images: 100) == [3])
            _ = try await connection.query("UPDATE headcount.runs SET wish = 'paused' WHERE id <> 2")
            #expect(try await claimAndFinish(images: 100) == [2])
            #expect(try await claimAndFinish(images: 100).isEmpty)
        }
    }

    @Test("a run that is pinned to cards is claimed by workers that carry its label alone")
    func pinned() async throws {
        try await TestArchive.withFresh { archive, connection in
            try await archive.enqueueForTest("s", images: 3)
            _ = try await connection.query("UPDATE headcount.runs SET card_label = 'museum'")
            let worker = try await archive.registerTestWorker()
            #expect(try await archive.claim(worker: worker, lease: .seconds(60)).isEmpty)
            _ = try await connection.query("UPDATE headcount.workers SET labels = '{museum}'")
            #expect(try await !archive.claim(worker: worker, lease: .seconds(60)).isEmpty)
        }
    }

    @Test("a worker is given only runs whose model has files for its engine")
    func engines() async throws {
        try await TestArchive.withFresh { archive, _ in
            try await archive.enqueueForTest("s", images: 3)
            let other = try await archive.registerTestWorker(engine: "bm1684")
            #expect(try await archive.claim(worker: other, lease: .seconds(60)).isEmpty)
            #expect(try await archive.isDrained(worker: other))
            let able = try await archive.registerTestWorker()
            #expect(try await !archive.isDrained(worker: able))
        }
    }

    @Test("an image keeps the end it came to, whatever is written after it in the same lease")
    func firstEndStays() async throws {
        try await TestArchive.withFresh { archive, connection in
            let (worker, shards) = try await claim(archive, images: 1)
            let lease = shards[0].lease
            let failure = FailureResult(image: 1, failure: .corrupt, detail: "cut short")
            for _ in 0..<2 {
                #expect(
                    try await archive.record([], [failure], of: lease, worker: worker, finish: false)?.lastImage == 0)
            }
            #expect(try await archive.record([.test(1)], [], of: lease, worker: worker, finish: true)?.lastImage == 0)
            #expect(try await connection.query("SELECT FROM headcount.counts").isEmpty)
            #expect(try await connection.query("SELECT FROM headcount.failures").count == 1)
            let progress = try #require(try await archive.progress(ofSet: "s").first)
            #expect(progress.failed == 1)
            #expect(progress.pending == 0)
            #expect(progress.state == "done")
        }
    }

    @Test("a wait for the next attempt is kept where the worker stops in the middle of the shard")
    func waitSurvivesSignOff() async throws {
        try await TestArchive.withFresh { archive, connection in
            let (worker, shards) = try await claim(archive, images: 1)
            let failure = FailureResult(image: 1, failure: .rateLimited, detail: "429", askedDelay: .seconds(7200))
            #expect(
                try await archive.record([], [failure], of: shards[0].lease, worker: worker, finish: false)?.lastImage
                    == 0)
            try await archive.signOff(worker: worker)
            let next = try await archive.registerTestWorker()
            #expect(try await archive.claim(worker: next, lease: .seconds(60)).isEmpty)
            let waiting = try await connection.query(
                "SELECT FROM headcount.shards WHERE available_at > now() + interval '7000 s'")
            #expect(waiting.count == 1)
        }
    }

    @Test("a worker that comes back to a run after days writes on")
    func longPause() async throws {
        try await TestArchive.withFresh { archive, connection in
            let (worker, shards) = try await claim(archive, images: 2)
            let lease = shards[0].lease
            #expect(try await archive.record([.test(1)], [], of: lease, worker: worker, finish: false)?.lastImage == 2)
            _ = try await connection.query(
                "UPDATE headcount.tallies SET first_at = now() - interval '9 days', last_at = now() - interval '9 days'"
            )
            #expect(try await archive.record([.test(2)], [], of: lease, worker: worker, finish: true)?.lastImage == 0)
            #expect(try await archive.progress(ofSet: "s").map(\.counted) == [2])
        }
    }

    @Test("a worker that comes back again and again to what fails can write, and progress can be read")
    func fadedRate() async throws {
        try await TestArchive.withFresh { archive, connection in
            let (worker, shards) = try await claim(archive, images: 2)
            let lease = shards[0].lease
            #expect(try await archive.record([.test(1)], [], of: lease, worker: worker, finish: false)?.lastImage == 2)
            for _ in 1...20 {
                _ = try await connection.query("UPDATE headcount.tallies SET last_at = now() - interval '1 hour'")
                #expect(try await archive.record([], [], of: lease, worker: worker, finish: false)?.lastImage == 2)
                _ = try await archive.progress(ofSet: "s")
            }
            #expect(try await archive.record([.test(2)], [], of: lease, worker: worker, finish: true)?.lastImage == 0)
        }
    }

    @Test("the average of a run that is done does not depend on how long its workers were there before")
    func average() async throws {
        try await TestArchive.withFresh { archive, connection in
            let (worker, shards) = try await claim(archive, images: 4)
            _ = try await connection.query("UPDATE headcount.workers SET started_at = now() - interval '9 days'")
            let counts = try (1...4).map { try CountResult.test($0) }
            _ = try await archive.record(counts, [], of: shards[0].lease, worker: worker, finish: true)
            #expect(try await archive.progress(ofSet: "s").map(\.imagesPerSecond) == [4])
        }
    }

    @Test("a set that came to rest is claimed again when images are added, by whoever waits meanwhile")
    func grownSet() async throws {
        try await TestArchive.withFresh { archive, _ in
            let (worker, shards) = try await claim(archive, images: 1)
            #expect(
                try await archive.record([.test(1)], [], of: shards[0].lease, worker: worker, finish: true)?.lastImage
                    == 0)
            #expect(try await archive.claim(worker: worker, lease: .seconds(60), images: 1).isEmpty)
            try await archive.enqueueForTest("s", images: 2)
            #expect(try await archive.claim(worker: worker, lease: .seconds(60), images: 1).count == 1)
        }
    }

    @Test("a claim and a write touch the tables of their own run alone, however many sets there are")
    func manySets() async throws {
        try await TestArchive.withFresh { archive, connection in
            for set in 1...60 {
                _ = try await connection.query("SELECT headcount.enqueue('set ' || $1, ARRAY['http://h/1'])", [set])
            }
            let worker = try await archive.registerTestWorker()
            let locks = try await connection.transaction { connection in
                _ = try connection.query("SELECT * FROM headcount.claim($1, '60 s', 1)", [worker])
                let rows = try connection.query("SELECT count(*) AS n FROM pg_locks WHERE pid = pg_backend_pid()")
                return try rows.first?.decode(Int.self, "n") ?? 0
            }
            #expect(locks < 60, "a claim held \(locks) locks")
        }
    }
}
