import TestSupport
import Testing

@Suite struct UsageTests {
    @Test(
        "wrong use is one clear line and status 64",
        arguments: [
            [], ["frobnicate"], ["statsu"], ["status", "--jsn"], ["local"], ["local", "begin"], ["model", "add"],
            ["serve"], ["serve", "a", "b"], ["serve", ".", "--port", "70000"], ["sample"],
            ["sample", "d", "--images", "0"], ["sample", "d", "--seed", "x"], ["enqueue"], ["enqueue", "s"],
            ["enqueue", "s", "--urls"], ["enqueue", "s", "--urls", "-", "--plan", "grid:9"],
            ["enqueue", "s", "--urls", "-", "--priority", "much"], ["recount"], ["work", "now"],
            ["work", "--engine", "abacus"], ["work", "--lease", "1"], ["work", "--allow-network", "everything"],
            ["work", "--simulated-batch-ms", "54.8"], ["work", "--engine", "simulated", "--simulated-batch-ms", "0"],
            ["work", "--engine", "simulated", "--simulated-fault", "hiccup"], ["work", "--card", "1"],
            ["work", "--engine", "int8-reference", "--card", "1"],
            ["work", "--engine", "bm1684", "--card-timeout", "0"],
            ["results"], ["results", "s", "--format", "xml"], ["migrate", "--check", "--dry-run"],
            ["status", "--watch=yes"], ["enqueue", "", "--urls", "-"], ["evaluate"], ["compare", "a"],
            ["evaluate", "s", "--keep-truth"], ["evaluate", "s", "--simulated-tile-ms", "5"],
            ["evaluate", "s", "--card-timeout", "5"], ["evaluate", "s", "--toolchain", "/"],
            ["compare", "run:0", "run:1"], ["compare", "run:1", "run:x"], ["compare", "a", "run:99999999999"],
            ["compare", "a", "b", "--truth", "truth.csv"], ["dashboard", "--token-file", "/no/such/file"],
            ["dashboard", "--allow-network", "everything"], ["report", "s", "--no-pictures", "--card", "1"],
            ["report", "s", "--allow-network", "everything"], ["work", "--memory", "5\u{DF}"],
            ["decode-pictures"], ["help", "frobnicate"], ["help", "q"], ["help", "local", "begin"], ["completions"],
            ["completions", "tcsh"],
        ])
    func wrongUse(words: [String]) async throws {
        let outcome = try await RunningProgram.run(words)
        #expect(outcome.status == 64, "\(words): \(outcome.errors)")
        #expect(outcome.output == "")
        #expect(outcome.errorLines.count == 1, "\(outcome.errors)")
        #expect(outcome.errors.hasPrefix("headcount: "))
    }

    @Test(
        "every command explains itself, with an example",
        arguments: [
            ["migrate"], ["serve"], ["sample"], ["enqueue"], ["recount"], ["work"], ["status"], ["results"],
            ["doctor"], ["evaluate"], ["compare"], ["local", "start"], ["local", "stop"], ["local", "status"],
            ["local", "url"], ["model", "add"], ["model", "list"], ["model", "show"],
            ["model", "verify"], ["model", "default"], ["model", "rm"], ["model", "build"], ["help"], ["completions"],
            ["man"],
        ])
    func help(command: [String]) async throws {
        let outcome = try await RunningProgram.run(command + ["--help"])
        #expect(outcome.status == 0)
        #expect(outcome.errors == "")
        #expect(outcome.output.contains("Usage: headcount \(command.joined(separator: " "))"))
        #expect(outcome.output.contains("Example"))
        #expect(outcome.output.split(separator: "\n").allSatisfy { $0.count <= 100 })
    }

    @Test("headcount --help names every command, --version the version")
    func root() async throws {
        let help = try await RunningProgram.run(["--help"]).output
        for command in [
            "local", "model", "migrate", "serve", "sample", "enqueue", "work", "status", "results", "doctor",
        ] {
            #expect(help.contains("  \(command)"))
        }
        #expect(try await RunningProgram.run(["--version"]).output.hasPrefix("headcount "))
    }
}
