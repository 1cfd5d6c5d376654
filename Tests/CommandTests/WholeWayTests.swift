import Foundation
import Postgres
import TestSupport
import Testing

@Suite struct WholeWayTests {
    @Test(
        "enqueue, work, status, results: from URLs to counts",
        .enabled(if: OpenVINOInstallation.isPresent, OpenVINOInstallation.absence))
    func wholeWay() async throws {
        try await CommandBench.with(pictures: 12) { bench in
            let enqueued = try await bench.run(["enqueue", "set", "--urls", "-"], input: bench.list(1...12))
            #expect(enqueued.status == 0, "\(enqueued.errors)")
            let worked = try await bench.run(["work", "--drain", "--allow-network", "127.0.0.0/8"])
            #expect(worked.status == 0, "\(worked.errors)")
            #expect(worked.output == "")

            let status = try await bench.run(["status", "set", "--json"])
            let object = try #require(
                try JSONSerialization.jsonObject(with: Data(status.output.utf8)) as? [String: Any])
            #expect(object["set_name"] as? String == "set")
            #expect(object["state"] as? String == "done")
            #expect(object["counted"] as? Int == 12)
            #expect(object["pending"] as? Int == 0)
            let columns = try await bench.connection.query(
                "SELECT column_name::text AS name FROM information_schema.columns "
                    + "WHERE table_schema = 'headcount' AND table_name = 'progress'")
            #expect(Set(object.keys) == Set(try columns.map { try $0.decode(String.self, "name") }))

            let csv = try await bench.run(["results", "set", "--format", "csv"])
            #expect(csv.output.split(separator: "\n").count == 13)
            #expect(csv.output.hasPrefix("url,count,"))
            let jsonl = try await bench.run(["results", "set", "--format", "jsonl"])
            #expect(jsonl.output.split(separator: "\n").count == 12)
            #expect(try await bench.run(["results", "set"]).output.contains("/12.png"))
            #expect(try await bench.run(["results", "ghost"]).status == 65)
        }
    }

    @Test("status --watch tells how far it is until all is done")
    func watch() async throws {
        try await CommandBench.with(pictures: 3) { bench in
            _ = try await bench.run(["enqueue", "set", "--urls", "-"], input: bench.list(1...3))
            let watching = try bench.start(["status", "set", "--watch"])
            _ = try await watching.said(/(waiting)/, on: .output)
            let worked = try await bench.run([
                "work", "--drain", "--engine", "simulated", "--simulated-batch-ms", "1", "--allow-network",
                "127.0.0.0/8",
            ])
            #expect(worked.status == 0, "\(worked.errors)")
            let outcome = try await watching.outcome()
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.errors == "")
            // One page below the other where it is no terminal: nothing steers the screen.
            #expect(!outcome.output.contains("\u{1B}"))
            let last = try #require(outcome.output.split(separator: "\n").last)
            #expect(last.contains("done") && last.contains("(simulated)"), "\(outcome.output)")
        }
    }

    @Test("migrate --dry-run lists what would be applied and changes nothing")
    func dryRun() async throws {
        try await TestDatabase.withFresh { url in
            let files = try FileManager.default.contentsOfDirectory(atPath: Checkout.root + "/Migrations").sorted()
            for _ in 0..<2 {
                let outcome = try await RunningProgram.run(["migrate", "--dry-run", "--database", url])
                #expect(outcome.status == 0, "\(outcome.errors)")
                #expect(outcome.output.split(separator: "\n").map { String($0) } == files)
            }
            #expect(try await RunningProgram.run(["migrate", "--database", url]).status == 0)
            let outcome = try await RunningProgram.run(["migrate", "--dry-run", "--database", url])
            #expect(outcome.status == 0 && outcome.output == "", "\(outcome.output)")
        }
    }

    @Test("bad lines are told by number, the good ones are enqueued, and the status is 65")
    func badLines() async throws {
        try await CommandBench.with(pictures: 1) { bench in
            let list = "url,note\nhttp://h/1,fine\nftp://h/2,x\n\"http://h/3,open\n"
            let outcome = try await bench.run(["enqueue", "set", "--urls", "-"], input: list)
            #expect(outcome.status == 65)
            #expect(outcome.errors.contains("line 3"))
            #expect(outcome.errors.contains("line 4"))
            #expect(try await bench.number("SELECT count(*) FROM headcount.images") == 1)
        }
    }

    @Test("a set can be put behind all others")
    func negativePriority() async throws {
        try await CommandBench.with(pictures: 1) { bench in
            _ = try await bench.run(["enqueue", "set", "--urls", "-", "--priority", "-3"], input: bench.list(1...1))
            #expect(try await bench.number("SELECT priority FROM headcount.runs") == -3)
            let outcome = try await bench.run(["priority", "set", "-5"])
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(try await bench.number("SELECT priority FROM headcount.runs") == -5)
        }
    }

    @Test(
        "kill -9 of workers at any moment: every image ends with exactly one count or one final failure",
        .enabled(if: OpenVINOInstallation.isPresent, OpenVINOInstallation.absence), .timeLimit(.minutes(10)))
    func killed() async throws {
        let images = 150
        try await CommandBench.with(pictures: images) { bench in
            // Among the pictures some that are not there, and some of a host that refuses: these are tried again.
            let missing = (1...20).map { "\(bench.url)/missing-\($0).png\n" }.joined()
            let refused = (1...10).map { "http://127.0.0.1:1/\($0).png\n" }.joined()
            _ = try await bench.connection.query("UPDATE headcount.failure_classes SET first_delay = '0'")
            _ = try await bench.run(
                ["enqueue", "set", "--urls", "-"], input: missing + bench.list(1...images) + refused)
            let words = ["work", "--drain", "--allow-network", "127.0.0.0/8", "--lease", "3"]
            for round in 1...5 {
                let worker = try bench.start(words)
                // At some moment after it claimed, and after some of its results landed.
                let target = Int.random(in: 0...(round * images / 8))
                try await waitUntil("\(target) counted in round \(round)") {
                    let workers = try await bench.number("SELECT count(*) FROM headcount.workers")
                    let counted = try await bench.number("SELECT count(*) FROM headcount.counts")
                    return !worker.isRunning || workers >= round && (counted >= target || counted == images)
                }
                worker.signal(SIGKILL)
                let outcome = try await worker.outcome()
                #expect(outcome.status != 69, "round \(round), target \(target): \(outcome.errors)")
            }
            let last = try await bench.run(words)
            #expect(last.status == 0, "\(last.errors)")
            #expect(try await bench.number("SELECT count(*) FROM headcount.counts") == images)
            #expect(try await bench.number("SELECT count(*) FROM headcount.failures WHERE final") == 30)
            let doubled = "SELECT count(*) FROM headcount.counts JOIN headcount.failures USING (run_id, image)"
            #expect(try await bench.number(doubled) == 0)
            #expect(try await bench.number("SELECT count(*) FROM headcount.shards") == 0)
            #expect(try await bench.number("SELECT sum(counted) FROM headcount.tallies") == images)
            #expect(try await bench.number("SELECT sum(failed) FROM headcount.tallies") == 30)
        }
    }

    @Test(
        "SIGTERM gives the leases back and ends with 0",
        .enabled(if: OpenVINOInstallation.isPresent, OpenVINOInstallation.absence), .timeLimit(.minutes(10)))
    func terminated() async throws {
        // More than can be counted before the signal comes: a few pictures, each by many names.
        let (pictures, names) = (20, 1000)
        let images = pictures * names
        try await CommandBench.with(pictures: pictures) { bench in
            let list = (1...names).flatMap { name in (1...pictures).map { "\(bench.url)/\($0).png?\(name)\n" } }
            _ = try await bench.run(["enqueue", "set", "--urls", "-"], input: list.joined())
            let worker = try bench.start(["work", "--no-dedupe", "--allow-network", "127.0.0.0/8"])
            try await bench.wait(until: "EXISTS (SELECT FROM headcount.counts)")
            worker.signal(SIGTERM)
            #expect(try await worker.outcome().status == 0)
            let counted = try await bench.number("SELECT count(*) FROM headcount.counts")
            #expect(counted < images, "there was nothing left to give back")
            #expect(try await bench.number("SELECT count(*) FROM headcount.shards WHERE worker_id IS NOT NULL") == 0)
            #expect(try await bench.number("SELECT count(*) FROM headcount.workers WHERE stopped_at IS NULL") == 0)
        }
    }

    @Test("a private PostgreSQL: absent, started, used by the next command, stopped")
    func localCluster() async throws {
        let place = try TemporaryFolder()
        #expect(try await RunningProgram.run(["local", "status"], in: place.path).status == 1)
        let started = try await RunningProgram.run(["local", "start"], in: place.path)
        #expect(started.status == 0, "\(started.errors)")
        let status = try await RunningProgram.run(["local", "status"], in: place.path)
        #expect(status.status == 0)
        #expect(status.output.hasPrefix("running"))
        let models = try await RunningProgram.run(["model", "list"], in: place.path)
        #expect(models.output.contains("crowd"))
        #expect(models.errors.contains("private database"))
        let url = try await RunningProgram.run(["local", "url"], in: place.path)
        #expect(url.output.hasPrefix("postgresql://"))
        let stopped = try await RunningProgram.run(["local", "stop"], in: place.path)
        #expect(stopped.status == 0, "\(stopped.errors)")
        #expect(try await RunningProgram.run(["local", "status"], in: place.path).status == 1)
    }

    @Test("serve --list names every picture below a folder as it will be served")
    func list() async throws {
        let folder = try TemporaryFolder()
        for name in ["b/ä ö.JPG", "a.png", "notes.txt", ".hidden.png"] { try folder.write("x", to: name) }
        let outcome = try await RunningProgram.run(["serve", folder.path, "--list", "--port", "8099"])
        #expect(
            outcome.output.split(separator: "\n")
                == ["http://127.0.0.1:8099/a.png", "http://127.0.0.1:8099/b/%C3%A4%20%C3%B6.JPG"])
    }
}
