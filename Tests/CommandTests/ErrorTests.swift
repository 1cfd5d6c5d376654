import Postgres
import TestSupport
import Testing

@Suite struct ErrorTests {
    static let needingDatabase = [
        ["migrate"], ["status"], ["results", "s"], ["enqueue", "s", "--urls", "-"], ["recount", "s"],
        ["model", "list"],
    ]

    @Test("a database that is away is one line that names host and port, and status 69", arguments: needingDatabase)
    func databaseAway(words: [String]) async throws {
        let outcome = try await RunningProgram.run(
            words + ["--database", "postgresql://nobody@127.0.0.1:1/nothing"], input: "http://h/1\n")
        #expect(outcome.status == 69)
        #expect(outcome.output == "")
        #expect(outcome.errorLines.count == 1, "\(outcome.errors)")
        #expect(outcome.errors.contains("127.0.0.1"))
        #expect(outcome.errors.contains("port 1"))
    }

    @Test("the environment names the database as libpq's users know it")
    func environment() async throws {
        let byURL = try await RunningProgram.run(
            ["status"], environment: ["DATABASE_URL": "postgresql://nobody@127.0.0.1:2/x"])
        #expect(byURL.status == 69)
        #expect(byURL.errors.contains("port 2"))
        let byHost = try await RunningProgram.run(["status"], environment: ["PGHOST": "127.0.0.1", "PGPORT": "3"])
        #expect(byHost.status == 69)
        #expect(byHost.errors.contains("port 3"))
    }

    @Test("no database at all is one line that says how to make one", arguments: needingDatabase)
    func noDatabase(words: [String]) async throws {
        let outcome = try await RunningProgram.run(words, input: "http://h/1\n")
        #expect(outcome.status == 69)
        #expect(outcome.errorLines.count == 1, "\(outcome.errors)")
        #expect(outcome.errors.contains("headcount local start"))
    }

    @Test("a database without the schema is one line that says to migrate, and status 78")
    func notMigrated() async throws {
        try await TestDatabase.withFresh { url in
            for words in [["status"], ["migrate", "--check"]] {
                let outcome = try await RunningProgram.run(words + ["--database", url])
                #expect(outcome.status == 78)
                #expect(outcome.errorLines.count == 1)
                #expect(outcome.errors.contains("headcount migrate"))
            }
        }
    }

    @Test("a file that is not there is one line that names it, and status 66")
    func missingFile() async throws {
        for words in [["enqueue", "s", "--urls", "/no/such/list"], ["model", "add", "/no/such/manifest.json"]] {
            let outcome = try await RunningProgram.run(words)
            #expect(outcome.status == 66, "\(outcome.errors)")
            #expect(outcome.errorLines.count == 1)
            #expect(outcome.errors.contains("/no/such/"))
        }
    }

    @Test("a database that refuses every count ends the worker with one line that says what refuses it, and status 69")
    func refusedCounts() async throws {
        try await CommandBench.with(pictures: 20) { bench in
            _ = try await bench.run(["enqueue", "s", "--urls", "-"], input: bench.list(1...20))
            _ = try await bench.connection.query(
                "ALTER TABLE headcount.counts ADD CONSTRAINT somebodys CHECK (width <> 96)")
            let outcome = try await bench.run([
                "work", "--drain", "--engine", "simulated", "--simulated-batch-ms", "1", "--allow-network",
                "127.0.0.0/8", "--log", "text",
            ])
            #expect(outcome.status == 69, "\(outcome.errors)")
            let lines = outcome.errorLines.filter { $0.contains("the database refused the counts of") }
            #expect(lines.count == 1 && lines[0].contains("somebodys"), "\(outcome.errors)")
            #expect(try await bench.number("SELECT count(*) FROM headcount.failures") == 0)
            #expect(try await bench.number("SELECT sum(headcount.run_pending(id)) FROM headcount.runs") == 20)
        }
    }

    @Test("a database that the server has not is one line that names host and port, and status 69")
    func missingDatabase() async throws {
        let url = try await TestDatabase.cluster().url()
        let outcome = try await RunningProgram.run(["status", "--database", url + "&dbname=missing"])
        #expect(outcome.status == 69, "\(outcome.errors)")
        #expect(outcome.errorLines.count == 1)
        #expect(outcome.errors.contains("\"missing\" does not exist (at host "))
    }

    @Test("a file that cannot be written at the end is told of at the start, and status 73")
    func unwritableReport() async throws {
        let outcome = try await RunningProgram.run(
            ["model", "build", "n.onnx", "--images", "p", "--out", "o", "--report", "/no/such/report.csv"])
        #expect(outcome.status == 73, "\(outcome.errors)")
        #expect(outcome.errorLines.count == 1 && outcome.errors.contains("/no/such/report.csv"))
    }

    @Test("a picture to measure with that is none is named, and status 65")
    func badPicture() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("no picture", to: "odd.jpg")
        for words in [["decode", path], ["pipeline", "--engine", "simulated", "--pictures", folder.path]] {
            let outcome = try await RunningProgram.run(["bench"] + words)
            #expect(outcome.status == 65, "\(outcome.errors)")
            #expect(outcome.errorLines.count == 1 && outcome.errors.contains(path), "\(outcome.errors)")
        }
    }

    @Test("a standard input or standard error that is closed costs nothing but itself", arguments: ["<&-", "2>&-"])
    func closedDescriptor(redirection: String) async throws {
        let outcome = try await RunningProgram.run(
            ["-c", "exec \"$@\" \(redirection)", "sh", Checkout.program, "doctor"], executable: "/bin/sh")
        // Asks a program of PostgreSQL's.
        #expect(outcome.output.contains(/PostgreSQL +ok/), "\(outcome.output)")
    }
}
