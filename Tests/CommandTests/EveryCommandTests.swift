import TestSupport
import Testing

/// What holds for every command there is.
@Suite(.timeLimit(.minutes(10)))
struct EveryCommandTests {
    /// What a command is called with where its arguments alone do not do.
    private static let needed: [[String]: [String]] = [
        ["enqueue"]: ["--urls", "-"],
        ["map"]: ["--csv", "--engine", "simulated"],
        ["work"]: ["--engine", "simulated"],
        ["evaluate"]: ["museum"],
        ["cards"]: ["--all"],
        ["model", "build"]: ["--set", "museum", "--out", "built"],
    ]

    /// Something to stand for each kind of argument.
    private static let examples = [
        "SET": "museum", "URL": "http://example.org/1.jpg", "N": "1", "HOST/CARD": "host/bm1684:0", "NAME": "crowd",
        "FIRST": "run:1", "SECOND": "run:2", "MANIFEST": Checkout.root + "/Deploy/models/crowd/crowd.json",
    ]

    @Test("a wrong option, or an argument too many, is one clear line and status 64")
    func wrongUse() async throws {
        let catalogue = try await CommandCatalogue.read()
        #expect(catalogue.entries.count > 40)
        for entry in catalogue.entries {
            let outcomes = [
                try await RunningProgram.run(entry.path + ["--no-such-option"]),
                try await RunningProgram.run(entry.path + ["--no-such-option=1", "--help-me"]),
            ]
            for outcome in outcomes {
                #expect(outcome.status == 64, "\(entry.path): \(outcome.errors)")
                #expect(outcome.output == "")
                #expect(outcome.errorLines.count == 1, "\(entry.path): \(outcome.errors)")
                #expect(outcome.errors.contains("--no-such-option"), "\(outcome.errors)")
            }
            // As many as may be, and one more.
            guard !entry.arguments.contains(where: { $0.contains("...") }) else { continue }
            let words = Array(repeating: "1", count: entry.arguments.count) + ["surplus"]
            let outcome = try await RunningProgram.run(entry.path + words)
            #expect(outcome.status == 64, "\(entry.path): \(outcome.errors)")
            #expect(outcome.errorLines.count == 1 && outcome.errors.contains("“surplus”"), "\(outcome.errors)")
        }
    }

    @Test("a required argument that is missing is named in one line, and the status is 64")
    func missingArgument() async throws {
        for entry in try await CommandCatalogue.read().entries {
            guard let first = entry.arguments.first, !first.hasPrefix("[") else { continue }
            let outcome = try await RunningProgram.run(entry.path)
            #expect(outcome.status == 64, "\(entry.path): \(outcome.errors)")
            #expect(outcome.errorLines.count == 1, "\(outcome.errors)")
            #expect(outcome.errors.contains("\(first) is missing"), "\(entry.path): \(outcome.errors)")
        }
    }

    @Test("a database that is away is one line that names host and port, and status 69")
    func databaseAway() async throws {
        let folder = try TemporaryFolder()
        var asked = 0
        for entry in try await CommandCatalogue.read().entries where entry.takesDatabase {
            let arguments = entry.arguments.filter { !$0.hasPrefix("[") }.map { Self.examples[$0] ?? $0 }
            let outcome = try await RunningProgram.run(
                entry.path + arguments + (Self.needed[entry.path] ?? []),
                environment: ["PGHOST": "127.0.0.1", "PGPORT": "1"], input: "http://example.org/1.jpg\n",
                in: folder.path)
            // It tells of everything it looks at, in a table.
            if entry.path == ["doctor"] { continue }
            asked += 1
            #expect(outcome.status == 69, "\(entry.path): \(outcome.errors)")
            #expect(outcome.output == "")
            #expect(outcome.errorLines.count == 1, "\(entry.path): \(outcome.errors)")
            #expect(outcome.errors.contains("127.0.0.1") && outcome.errors.contains("port 1"), "\(outcome.errors)")
        }
        #expect(asked > 20)
    }
}
