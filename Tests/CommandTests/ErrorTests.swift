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
}
