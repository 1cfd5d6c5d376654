import Foundation
import Glibc
import Postgres
import Supervision
import TestSupport
import Testing

@Suite struct CoordinateTests {
    private static let words = [
        "--allow-network", "127.0.0.0/8", "--simulated-batch-ms", "20", "--lease", "600", "--hang-limit", "4",
    ]

    /// Starts a coordinator of simulated cards. Its workers' leases are long: what is given back early was given back by
    /// whoever saw them end.
    private func coordinate(
        _ bench: CommandBench, cards: Int, host: String = "host", _ more: [String] = []
    ) throws -> RunningProgram {
        try bench.start(
            ["coordinate", "--simulated-cards", "\(cards)", "--host-name", host] + Self.words + more)
    }

    private func waitForWorkers(_ number: Int, of bench: CommandBench) async throws {
        try await waitUntil("\(number) workers") { try await workers(bench).count == number }
    }

    /// Worker processes of a bench's coordinators that exist.
    private func workers(_ bench: CommandBench) async throws -> [Int32] {
        let fleet =
            try await bench.connection.query("SELECT fleet::text AS fleet FROM headcount.leadership")
            .first?.decode(String.self, "fleet") ?? ""
        return ProcessSearch.processes(with: SupervisorLink.variable) { $0.hasPrefix(fleet) }
    }

    private func expectExactlyOnce(_ bench: CommandBench, images: Int) async throws {
        #expect(try await bench.number("SELECT count(*) FROM headcount.counts") == images)
        #expect(try await bench.number("SELECT count(DISTINCT (run_id, image)) FROM headcount.counts") == images)
        #expect(try await bench.number("SELECT count(*) FROM headcount.failures WHERE final") == 0)
        #expect(try await bench.number("SELECT sum(pending) FROM headcount.progress") == 0)
    }

    @Test("cards are counted on, scaled by SQL alone, and left in order at SIGTERM")
    func scaled() async throws {
        let images = 200
        try await CommandBench.with(pictures: images) { bench in
            let coordinator = try coordinate(bench, cards: 2)
            _ = try await bench.run(["enqueue", "set", "--urls", "-"], input: bench.list(1...images))
            try await bench.wait(until: "EXISTS (SELECT FROM headcount.counts)")
            _ = try await bench.connection.query(
                "UPDATE headcount.cards SET desired_workers = 3 WHERE name = 'simulated:0'")
            try await waitForWorkers(4, of: bench)
            _ = try await bench.connection.query("UPDATE headcount.cards SET desired_workers = 1")
            try await waitForWorkers(2, of: bench)
            try await bench.wait(until: "(SELECT state FROM headcount.progress) = 'done'")
            try await expectExactlyOnce(bench, images: images)

            let second = try await coordinate(bench, cards: 1).outcome()
            #expect(second.status == 69)
            #expect(second.errors.contains("looks after host host already"))

            coordinator.signal(SIGTERM)
            let outcome = try await coordinator.outcome()
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(try await workers(bench).isEmpty)
            #expect(try await bench.number("SELECT count(*) FROM headcount.workers WHERE stopped_at IS NULL") == 0)
            #expect(try await bench.number("SELECT count(*) FROM headcount.hosts WHERE stopped_at IS NULL") == 0)
        }
    }

    /// With HEADCOUNT_CHAOS set to a number of images, it is done at length: a hundred kills.
    @Test(
        "kill -9 of workers and coordinators: exactly once, all processes back, no orphan left",
        .timeLimit(.minutes(240)))
    func killed() async throws {
        let long = ProcessInfo.processInfo.environment["HEADCOUNT_CHAOS"].flatMap { Int($0) }
        let (images, kills) = long.map { ($0, 100) } ?? (400, 12)
        let pictures = 200
        try await CommandBench.with(pictures: pictures) { bench in
            let list = (0..<images).map { "\(bench.url)/\(1 + $0 % pictures).png?\($0)\n" }
            _ = try await bench.run(["enqueue", "set", "--urls", "-"], input: list.joined())
            var coordinators = ["a": try coordinate(bench, cards: 2, host: "a")]
            coordinators["b"] = try coordinate(bench, cards: 1, host: "b")
            let moments = (0..<kills).map { _ in Int.random(in: 1...(images * 9 / 10)) }.sorted()
            for (round, moment) in zip(1..., moments) {
                try await bench.wait(until: "(SELECT count(*) FROM headcount.counts) >= \(moment)")
                if round.isMultiple(of: 4) {
                    let host = round.isMultiple(of: 8) ? "a" : "b"
                    coordinators[host]?.signal(SIGKILL)
                    _ = try await coordinators[host]?.outcome()
                    coordinators[host] = try coordinate(bench, cards: host == "a" ? 2 : 1, host: host)
                } else {
                    try await waitUntil("a worker to kill") {
                        try await workers(bench).randomElement().map { kill($0, SIGKILL) } == 0
                    }
                }
            }
            try await bench.wait(until: "(SELECT state FROM headcount.progress) = 'done'")
            try await expectExactlyOnce(bench, images: images)
            try await waitForWorkers(3, of: bench)
            for coordinator in coordinators.values {
                coordinator.signal(SIGTERM)
                #expect(try await coordinator.outcome().status == 0)
            }
            #expect(try await workers(bench).isEmpty)
        }
    }

    @Test(
        "a card that fails is kept out of work with its reason, and the others count what it held",
        arguments: [
            ("hang@3", ["hangs", "hung"]), ("over-temperature@3", ["too hot"]),
            // What the worker says of its launch, or how it ended, or the driver of the card: whichever is heard first. On
            // a busy host a process that crashes takes longer to be gone than --hang-limit, and is killed for that.
            ("failed-sync@3", ["failed", "hangs", "hung"]), ("crash@1", ["signal 6", "hangs", "hung"]),
        ])
    func faulty(_ fault: String, _ reasons: [String]) async throws {
        let images = 100
        try await CommandBench.with(pictures: images) { bench in
            let coordinator = try coordinate(bench, cards: 2, ["--simulated-fault", "1=\(fault),0=slow:2"])
            // The sound card may be through before the other has failed often enough.
            var sets = 0
            try await bench.wait(until: "EXISTS (SELECT FROM headcount.cards WHERE quarantined_at IS NOT NULL)") {
                guard try await bench.number("SELECT count(*) FROM headcount.runs WHERE is_open") == 0 else { return }
                sets += 1
                _ = try await bench.run(["enqueue", "set\(sets)", "--urls", "-"], input: bench.list(1...images))
            }
            try await bench.wait(until: "NOT EXISTS (SELECT FROM headcount.progress WHERE pending > 0)")
            try await expectExactlyOnce(bench, images: images * sets)
            let row = try #require(
                try await bench.connection.query("SELECT name, quarantine_reason FROM headcount.cards ORDER BY name")
                    .last)
            #expect(try row.decode(String.self, "name") == "simulated:1")
            let told = try row.decode(String?.self, "quarantine_reason")
            #expect(reasons.contains { told?.contains($0) == true }, "\(told ?? "not quarantined")")
            coordinator.signal(SIGTERM)
            #expect(try await coordinator.outcome().status == 0)
        }
    }

    @Test("another coordinator leads once the leader is killed")
    func succession() async throws {
        try await CommandBench.with(pictures: 1) { bench in
            let first = try coordinate(bench, cards: 0, host: "a")
            try await bench.wait(until: "(SELECT host FROM headcount.leadership) = 'a'")
            let second = try coordinate(bench, cards: 0, host: "b")
            try await bench.wait(until: "EXISTS (SELECT FROM headcount.hosts WHERE name = 'b')")
            first.signal(SIGKILL)
            _ = try await first.outcome()
            let killedAt = try await bench.number("SELECT extract(epoch FROM clock_timestamp()) * 1000")
            try await bench.wait(
                until: """
                    (SELECT host = 'b' AND token = 2 AND chores_at > to_timestamp(\(killedAt) / 1000.0)
                     FROM headcount.leadership)
                    """)
            second.signal(SIGTERM)
            #expect(try await second.outcome().status == 0)
        }
    }

    @Test("commands on a card change it, and name one that is not there")
    func cardCommands() async throws {
        try await CommandBench.with(pictures: 1) { bench in
            let coordinator = try coordinate(bench, cards: 1, host: "a", ["--port", "0"])
            try await bench.wait(until: "EXISTS (SELECT FROM headcount.workers)")
            #expect(try await bench.run(["scale", "a/simulated:0", "2"]).status == 0)
            try await waitForWorkers(2, of: bench)
            #expect(
                try await bench.run(["card", "quarantine", "a/simulated:0", "--reason", "loud fan"]).status == 0)
            try await waitForWorkers(0, of: bench)
            let listed = try await bench.run(["cards", "--all", "--json"])
            let object = try #require(
                try JSONSerialization.jsonObject(with: Data(listed.output.utf8)) as? [String: Any])
            let card = try #require((object["cards"] as? [[String: Any]])?.first)
            #expect(card["state"] as? String == "quarantined")
            #expect(card["reason"] as? String == "loud fan")
            #expect(try await bench.run(["card", "release", "a/simulated:0"]).status == 0)
            try await waitForWorkers(2, of: bench)
            #expect(try await bench.run(["card", "label", "a/simulated:0", "museum,fast"]).status == 0)
            #expect(
                try await bench.number(
                    "SELECT count(*) FROM headcount.cards WHERE labels = ARRAY['museum', 'fast']") == 1)
            let unknown = try await bench.run(["scale", "a/simulated:7", "1"])
            #expect(unknown.status == 65)
            #expect(unknown.errorLines.count == 1)
            #expect(try await bench.run(["scale", "a/simulated:0", "many"]).status == 64)
            coordinator.signal(SIGTERM)
            #expect(try await coordinator.outcome().status == 0)
        }
    }

    @Test("a run that is enqueued for a label is counted by cards with it alone")
    func pinned() async throws {
        try await CommandBench.with(pictures: 20) { bench in
            let enqueued = try await bench.run(
                ["enqueue", "set", "--urls", "-", "--cards", "label=museum"], input: bench.list(1...20))
            #expect(enqueued.status == 0, "\(enqueued.errors)")
            #expect(try await bench.run(["enqueue", "set", "--urls", "-", "--cards", "museum"]).status == 64)
            let coordinator = try coordinate(bench, cards: 2)
            try await bench.wait(until: "(SELECT count(*) FROM headcount.workers) = 2")
            #expect(try await bench.run(["card", "label", "host/simulated:1", "museum"]).status == 0)
            try await bench.wait(until: "(SELECT state FROM headcount.progress) = 'done'")
            try await expectExactlyOnce(bench, images: 20)
            #expect(
                try await bench.number("SELECT count(*) FROM headcount.results WHERE card <> 'simulated:1'") == 0)
            coordinator.signal(SIGTERM)
            #expect(try await coordinator.outcome().status == 0)
        }
    }

    @Test("bench fleet counts all, on its own server, and leaves nothing behind")
    func benchFleet() async throws {
        let outcome = try await RunningProgram.run([
            "bench", "fleet", "--cards", "2", "--images", "60", "--simulated-batch-ms", "10", "--slow", "2", "--json",
        ])
        #expect(outcome.status == 0, "\(outcome.errors)")
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
        #expect(object["simulated"] as? Bool == true)
        #expect(object["images"] as? Int == 60)
        #expect(object["processes"] as? Int == 3)
        for key in ["efficiency", "claims_per_image", "connections", "makespan_to_ideal"] {
            #expect((object[key] as? NSNumber)?.doubleValue ?? -1 > 0, "\(key)")
        }
    }

    @Test(
        "wrong use of coordinate is one line and status 64, whether there is a database or not",
        arguments: [
            ["--autoscale", "4"], ["--autoscale", "5..2"], ["--simulated-fault", "3=melt"], ["--host-name", "a/b"],
            ["--simulated-cards", "-1"], ["--port", "65536"], ["--hang-limit", "0"], ["--token-file", "/nowhere"],
        ])
    func usage(_ words: [String]) async throws {
        // Where nothing names a database, it is looked for in the folder, and there is none.
        for database in [[], ["--database", "postgresql://127.0.0.1:1/x"]] {
            let outcome = try await RunningProgram.run(["coordinate"] + database + words)
            #expect(outcome.status == 64)
            #expect(outcome.errorLines.count == 1, "\(outcome.errors)")
        }
    }
}
