import Archive
import Postgres
import TestSupport
import Testing

@Suite struct FleetTests {
    private func withHosts(
        _ names: [String] = ["a"], _ body: (Archive, PostgresConnection) async throws -> Void
    ) async throws {
        try await TestArchive.withFresh { archive, connection in
            for name in names {
                try await archive.register(
                    HostRegistration(name: name, process: 1, version: "0", cores: 2, memoryBytes: 1 << 30))
            }
            try await body(archive, connection)
        }
    }

    private func card(_ number: Int, serial: String? = nil, chip: Int = 0, board: Int? = nil) -> FoundCard {
        var card = FoundCard(name: "bm1684:\(number)", engine: "bm1684", number: number, simulated: false)
        card.serial = serial
        card.chip = chip
        card.boardNumber = board
        return card
    }

    @Test("a card keeps its row, and what people changed in it, when it is found again")
    func foundAgain() async throws {
        try await withHosts { archive, _ in
            try await archive.record([card(0), card(1)], ofHost: "a")
            try await archive.scale(card: "a/bm1684:1", workers: 3)
            let before = try await archive.cards(ofHost: "a")
            try await archive.record([card(0), card(1)], ofHost: "a")
            #expect(try await archive.cards(ofHost: "a") == before)
            #expect(before.map(\.desiredWorkers) == [1, 3])
        }
    }

    @Test("a card is known by its serial number in another place and in another host")
    func moved() async throws {
        try await withHosts(["a", "b"]) { archive, _ in
            try await archive.record([card(0, serial: "S1"), card(1, serial: "S2")], ofHost: "a")
            try await archive.scale(card: "a/bm1684:0", workers: 2)
            try await archive.quarantine(card: "a/bm1684:0", reason: "loud")
            let id = try #require(try await archive.cards(ofHost: "a").first).id
            // The two change places.
            try await archive.record([card(0, serial: "S2"), card(1, serial: "S1")], ofHost: "a")
            let swapped = try await archive.cards(ofHost: "a")
            #expect(swapped.map(\.desiredWorkers) == [1, 2])
            #expect(swapped.last?.id == id)
            // One moves to another host.
            try await archive.record([card(0, serial: "S2")], ofHost: "a")
            try await archive.record([card(0, serial: "S1")], ofHost: "b")
            let there = try #require(try await archive.cards(ofHost: "b").first)
            #expect(there.id == id)
            #expect(there.quarantine == "loud")
            #expect(try await archive.cards(ofHost: "a").count == 1)
        }
    }

    @Test("the chips of one serial number are cards of their own")
    func chips() async throws {
        try await withHosts { archive, _ in
            let board = (0..<3).map { card($0, serial: "S", chip: $0, board: 1) }
            try await archive.record(board, ofHost: "a")
            let cards = try await archive.cards(ofHost: "a")
            #expect(Set(cards.map(\.id)).count == 3)
            #expect(cards.first?.resetWith == ["bm1684:1", "bm1684:2"])
        }
    }

    @Test("a card that is seen no more is absent, one without a serial number that takes its place is another")
    func absent() async throws {
        try await withHosts { archive, connection in
            try await archive.record([card(0, serial: "S1")], ofHost: "a")
            try await archive.record([], ofHost: "a")
            #expect(try await archive.cards(ofHost: "a").isEmpty)
            #expect(try await archive.cardStatus().map(\.state) == ["absent"])
            try await archive.record([card(0, serial: "S9")], ofHost: "a")
            #expect(try await connection.query("SELECT FROM headcount.cards").count == 2)
        }
    }

    @Test("scale, quarantine, release and label name the card that is not there")
    func unknownCard() async throws {
        try await withHosts { archive, _ in
            let missing = ArchiveError.unknownCard("a/none")
            await #expect(throws: missing) { try await archive.scale(card: "a/none", workers: 1) }
            await #expect(throws: missing) { try await archive.quarantine(card: "a/none", reason: "x") }
            await #expect(throws: missing) { try await archive.release(card: "a/none") }
            await #expect(throws: missing) { try await archive.label(card: "a/none", with: []) }
        }
    }

    @Test("a quarantine keeps its first reason until it is released")
    func quarantine() async throws {
        try await withHosts { archive, _ in
            try await archive.record([card(0)], ofHost: "a")
            let id = try #require(try await archive.cards(ofHost: "a").first).id
            try await archive.quarantine(card: id, reason: "it hangs")
            try await archive.quarantine(card: "a/bm1684:0", reason: "by hand")
            #expect(try await archive.cards(ofHost: "a").map(\.quarantine) == ["it hangs"])
            #expect(try await archive.cardStatus(of: "a/bm1684:0").state == "quarantined")
            try await archive.release(card: "a/bm1684:0")
            #expect(try await archive.cards(ofHost: "a").map(\.quarantine) == [nil])
        }
    }

    @Test("what people change is notified with the host's name, what coordinators note is not")
    func notices() async throws {
        try await TestDatabase.withFresh { url in
            let configuration = PostgresConfiguration(connectionString: url, applicationName: "test")
            let connection = try await PostgresConnection.connect(configuration)
            try await Migrator(connection, migrations: TestArchive.migrations()).migrate()
            let archive = Archive(connection)
            try await archive.register(
                HostRegistration(name: "a", process: 1, version: "0", cores: 2, memoryBytes: 1))
            try await archive.record([card(0)], ofHost: "a")
            let id = try #require(try await archive.cards(ofHost: "a").first).id
            var events = PostgresListener(configuration).notifications(on: "headcount_cards").makeAsyncIterator()
            #expect(await events.next() == .listening)
            try await archive.record([card(0)], ofHost: "a")
            try await archive.heartbeat(host: "a", [CardSample(card: id, seconds: 5, workers: 1)])
            _ = try await connection.query("UPDATE headcount.cards SET desired_workers = 2")
            #expect(await events.next() == .received(channel: "headcount_cards", payload: "a"))
            try await archive.release(card: "a/bm1684:0")
            #expect(await events.next() == .received(channel: "headcount_cards", payload: "a"))
        }
    }

    @Test("the leases of a worker whose process ended are free at once")
    func endedWorkers() async throws {
        try await TestArchive.withFresh { archive, connection in
            try await archive.enqueueForTest("set", images: 20)
            let worker = try await archive.registerTestWorker()
            #expect(try await !archive.claim(worker: worker, lease: .seconds(600), images: 5).isEmpty)
            #expect(try await archive.workers(ofHost: "test") == [1])
            let leased = "SELECT FROM headcount.shards WHERE worker_id IS NOT NULL"
            #expect(try await connection.query(leased).count == 1)
            try await archive.endWorkers([1], ofHost: "another host")
            #expect(try await connection.query(leased).count == 1)
            try await archive.endWorkers([1, 2], ofHost: "test")
            #expect(try await connection.query(leased).count == 0)
            #expect(try await archive.workers(ofHost: "test").isEmpty)
        }
    }

    @Test("a run that is pinned by a label is counted by workers of a card with it alone, from the moment it has it")
    func labels() async throws {
        try await withHosts(["test"]) { archive, connection in
            var cpu = FoundCard(name: "cpu", engine: "openvino", number: 0, simulated: false)
            cpu.workers = 2
            try await archive.record([cpu], ofHost: "test")
            try await archive.enqueueForTest("set", images: 20)
            _ = try await connection.query("UPDATE headcount.runs SET card_label = 'museum'")
            let before = try await archive.registerTestWorker()
            #expect(try await archive.claim(worker: before, lease: .seconds(60), images: 1).isEmpty)
            try await archive.label(card: "test/cpu", with: ["museum", "fast"])
            #expect(try await !archive.claim(worker: before, lease: .seconds(60), images: 1).isEmpty)
            let after = try await archive.registerTestWorker()
            #expect(try await !archive.claim(worker: after, lease: .seconds(60), images: 1).isEmpty)
            try await archive.label(card: "test/cpu", with: [])
            #expect(try await archive.claim(worker: after, lease: .seconds(60), images: 1).isEmpty)
        }
    }

    @Test("a chore with the token of an earlier leader is refused, also one that began before the lead changed")
    func fencing() async throws {
        try await TestDatabase.withFresh { url in
            let connection = try await TestFleet.migrated(url)
            let other = try await TestFleet.connection(url)
            let (old, new) = (Archive(connection), Archive(other))
            let first = try #require(try await old.takeLead(host: "a", process: 1))
            #expect(try await new.takeLead(host: "b", process: 2) == nil)
            try await old.doChores(token: first)
            // As if the server had lost the first one's connection, and with it the lock, without its noticing.
            _ = try await connection.query("SELECT pg_advisory_unlock_all()")
            let second = try #require(try await new.takeLead(host: "b", process: 2))
            #expect(second > first)
            await #expect(throws: PostgresError.self) { try await old.doChores(token: first) }
            await #expect(throws: PostgresError.self) { try await old.doUpkeep(token: first) }
            await #expect(throws: PostgresError.self) { try await old.setWorkers(1, ofCard: 1, token: first) }
            try await new.doChores(token: second)

            // A chore under way holds the lead: whoever takes it waits for the chore's end.
            try await connection.execute("BEGIN")
            _ = try await connection.query("SELECT headcount.require_lead($1)", [second])
            let taking = Task { try await other.query("SELECT headcount.take_lead('c', 3)").count }
            try await waitUntil("somebody who waits for the lead") {
                try await !connection.query(
                    "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
                ).isEmpty
            }
            try await connection.execute("COMMIT")
            #expect(try await taking.value == 1)
            await #expect(throws: PostgresError.self) { try await new.doChores(token: second) }
        }
    }

    @Test("the newest sample tells how busy a card is and how full its launches are")
    func sample() async throws {
        try await withHosts { archive, _ in
            try await archive.record([card(0)], ofHost: "a")
            let id = try #require(try await archive.cards(ofHost: "a").first).id
            var status = try await archive.cardStatus(of: "a/bm1684:0")
            #expect(status.busy == nil && status.laneFill == nil)
            var sample = CardSample(card: id, seconds: 5, workers: 2)
            try await archive.heartbeat(host: "a", [sample])
            status = try await archive.cardStatus(of: "a/bm1684:0")
            #expect(status.busy == 0 && status.laneFill == nil)
            (sample.images, sample.tiles, sample.emptyLanes, sample.busyMilliseconds) = (10, 36, 12, 2500)
            try await archive.heartbeat(host: "a", [sample])
            status = try await archive.cardStatus(of: "a/bm1684:0")
            #expect(status.imagesPerSecond == 2 && status.busy == 0.5 && status.laneFill == 0.75)
            // Two workers of one card may both have had something to compute all the time.
            sample.busyMilliseconds = 10_000
            try await archive.heartbeat(host: "a", [sample])
            #expect(try await archive.cardStatus(of: "a/bm1684:0").busy == 1)
        }
    }

    @Test("samples older than a day become hours, hours older than a year go")
    func retention() async throws {
        try await withHosts { archive, connection in
            try await archive.record([card(0)], ofHost: "a")
            try await connection.execute(
                """
                INSERT INTO headcount.card_samples
                    (card_id, taken_at, seconds, workers, images, tiles, busy_ms, chip_celsius)
                SELECT c.id, date_trunc('hour', now()) - h * interval '1 hour' - m * interval '1 minute', 60, 1, 10, 40,
                    1000, 50 + m
                FROM headcount.cards c, generate_series(0, 47) AS h, generate_series(1, 10) AS m;
                INSERT INTO headcount.card_hours SELECT id, now() - interval '2 years', 1, 1, 1, 1 FROM headcount.cards
                """)
            let token = try #require(try await archive.takeLead(host: "a", process: 1))
            try await archive.doUpkeep(token: token)
            try await archive.doUpkeep(token: token)
            let hours = try await connection.query(
                """
                SELECT count(*) AS hours, sum(images) AS images, min(images) AS fewest, max(max_celsius) AS hottest
                FROM headcount.card_hours
                """)
            let row = try #require(hours.first)
            let left = try await connection.query("SELECT FROM headcount.card_samples").count
            #expect(try row.decode(Int.self, "images") + 10 * left == 4800)
            #expect(try row.decode(Int.self, "fewest") == 100)
            #expect(try row.decode(Int.self, "hottest") == 60)
            #expect(left <= 250)
        }
    }

    @Test("workers that ended without a result are forgotten, and register anew where they live; others stay")
    func forgottenWorkers() async throws {
        try await TestArchive.withFresh { archive, connection in
            try await archive.enqueueForTest("s", images: 4)
            func register() async throws -> Int { try await archive.registerTestWorker() }
            let (crashed, alive, late) = (try await register(), try await register(), try await register())
            let (counting, holding) = (try await register(), try await register())
            let shard = try #require(
                try await archive.claim(worker: counting, lease: .seconds(600), images: 1).first)
            _ = try await archive.record([.test(1)], [], of: shard.lease, worker: counting, finish: true)
            #expect(try await archive.claim(worker: holding, lease: .seconds(600), images: 1).count == 1)
            // Of the one that came back after an hour it is not known any more what it did before.
            _ = try await connection.query(
                """
                UPDATE headcount.workers SET stopped_at = now() - interval '2 minutes',
                    started_at = now() - CASE WHEN id = $2 THEN interval '1 hour' ELSE '3 minutes' END WHERE id <> $1
                """, [alive, late])
            let token = try #require(try await archive.takeLead(host: "a", process: 1))
            try await archive.doUpkeep(token: token)
            let left = try await connection.query("SELECT id FROM headcount.workers ORDER BY id")
            #expect(try left.map { try $0.decode(Int.self, "id") } == [alive, late, counting, holding])
            await #expect(throws: ArchiveError.signedOff(worker: crashed)) {
                try await archive.heartbeat(worker: crashed, lease: .seconds(60), holding: [])
            }
            #expect(try await !archive.isDrained(worker: crashed), "it would end although there is work")
        }
    }

    @Test("the leader scales a card within its bounds, and one that people scale not at all")
    func autoscale() async throws {
        try await withHosts { archive, _ in
            var scalable = card(0)
            scalable.autoscale = "[1,4]"
            try await archive.record([scalable, card(1)], ofHost: "a")
            let cards = try await archive.cards(ofHost: "a")
            try await archive.heartbeat(host: "a", cards.map { CardSample(card: $0.id, seconds: 5, workers: 1) })
            #expect(try await archive.scalableCards().map(\.bounds) == [1...4])
            let token = try #require(try await archive.takeLead(host: "a", process: 1))
            for card in cards {
                for workers in [3, 9] { try await archive.setWorkers(workers, ofCard: card.id, token: token) }
            }
            #expect(try await archive.cards(ofHost: "a").map(\.desiredWorkers) == [3, 1])
        }
    }

    @Test("a host has one coordinator, and another once the first one's connection is gone")
    func oneCoordinator() async throws {
        try await TestDatabase.withFresh { url in
            let first = Archive(try await TestFleet.migrated(url))
            let second = Archive(try await TestFleet.connection(url))
            #expect(try await first.lockHost("a"))
            #expect(try await !second.lockHost("a"))
            #expect(try await second.lockHost("b"))
            await first.close()
            try await waitUntil("the lock of a host whose holder is gone") { try await second.lockHost("a") }
        }
    }
}

private enum TestFleet {
    static func connection(_ url: String) async throws -> PostgresConnection {
        try await PostgresConnection.connect(PostgresConfiguration(connectionString: url, applicationName: "test"))
    }

    static func migrated(_ url: String) async throws -> PostgresConnection {
        let connection = try await connection(url)
        try await Migrator(connection, migrations: TestArchive.migrations()).migrate()
        return connection
    }
}
