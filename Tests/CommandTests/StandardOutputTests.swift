import Postgres
import TestSupport
import Testing

/// What becomes of every command whose results cannot be written.
@Suite(.timeLimit(.minutes(10)))
struct StandardOutputTests {
    /// Commands that print no result: they say what they did on standard error.
    private static let silent: Set<[String]> = [
        ["enqueue"], ["recount"], ["work"], ["coordinate"], ["dashboard"], ["sample"], ["retry"], ["pause"],
        ["resume"], ["cancel"], ["priority"], ["rm"], ["scale"], ["card", "quarantine"], ["card", "release"],
        ["card", "label"], ["local", "start"], ["local", "stop"], ["model", "add"], ["model", "default"],
        ["model", "rm"], ["model", "verify"],
    ]

    /// Commands that print what psql, the vendor's compiler or a measurement of minutes says.
    private static let others: Set<[String]> = [
        ["sql"], ["model", "build"], ["bench", "pipeline"], ["bench", "decode"], ["bench", "fetch"],
        ["bench", "queue"], ["bench", "fleet"],
    ]

    /// Every other command, as it is called to print something.
    private static func calls(_ bench: CommandBench, folder: TemporaryFolder) async throws -> [[String]: [[String]]] {
        let truth = try folder.write("image,count\n1.png,5\n2.png,7\n", to: "truth.csv")
        guard case .running(let server) = try await TestDatabase.cluster().status() else { return [:] }
        let cluster = server.data.split(separator: "/").dropLast(2).map { "/" + $0 }.joined()
        let picture = "\(bench.url)/1.png"
        let empty = try await TestDatabase.cluster().url()
        func on(_ words: String...) -> [String] { words + ["--database", bench.database] }
        return [
            ["status"]: [on(), on("set"), on("--json")],
            ["results"]: [on("set"), on("set", "--format", "csv"), on("set", "--format", "jsonl")],
            ["failures"]: [on("set"), on("set", "--json")],
            ["export"]: [on("set"), on("set", "--format", "jsonl")],
            ["report"]: [on("set", "--no-pictures")],
            ["map"]: [on("set", picture, "--csv", "--engine", "simulated", "--allow-network", "127.0.0.0/8")],
            ["cards"]: [on("--all", "--json")],
            ["migrate"]: [["--dry-run", "--database", empty]],
            ["evaluate"]: [on("set", "--truth", truth), on("set", "--truth", truth, "--json")],
            ["compare"]: [on("run:1", "run:2", "--truth", truth)],
            ["model", "list"]: [on()], ["model", "show"]: [on("tiny")],
            ["doctor"]: [on()],
            ["serve"]: [[bench.pictures.path, "--list"]],
            ["local", "status"]: [["--folder", cluster]], ["local", "url"]: [["--folder", cluster]],
            ["bench", "pack"]: [["--rounds", "1"], ["--rounds", "1", "--json"]],
            ["help"]: [[], ["plans"], ["status"]], ["man"]: [[]],
            ["completions"]: [["bash"], ["zsh"], ["fish"]],
        ]
    }

    @Test("a disk that is full is one clear line and status 74, a reader that went away the end of the command")
    func unwritable() async throws {
        try await CommandBench.with(pictures: 2) { bench in
            let list = bench.list(1...2) + "\(bench.url)/missing.png\n"
            _ = try await bench.run(["enqueue", "set", "--urls", "-"], input: list)
            _ = try await bench.run(["recount", "set", "--plan", "grid:1x1"])
            let worked = try await bench.run([
                "work", "--drain", "--engine", "simulated", "--simulated-batch-ms", "1", "--allow-network",
                "127.0.0.0/8",
            ])
            #expect(worked.status == 0, "\(worked.errors)")
            // What a simulated card counts is never evaluated.
            try await bench.connection.execute("UPDATE headcount.workers SET engine = 'openvino', simulated = false")
            let calls = try await Self.calls(bench, folder: TemporaryFolder())
            let known = Set(calls.keys).union(Self.silent).union(Self.others)
            #expect(Set(try await CommandCatalogue.read().entries.map(\.path)) == known)

            for (path, variants) in calls {
                for words in variants.map({ path + $0 }) + [path + ["--help"]] {
                    let outcome = try await RunningProgram.run(words)
                    #expect(outcome.status < 64 && outcome.output != "", "\(words): \(outcome.errors)")
                    let full = try await RunningProgram.run(words, output: "/dev/full")
                    #expect(full.status == 74, "\(words): \(full.errors)")
                    #expect(
                        full.errorLines.filter { $0.hasPrefix("headcount: ") }.suffix(1)
                            == ["headcount: cannot write to standard output: No space left on device"], "\(words)")
                    let unread = try await RunningProgram.run(
                        ["-c", Self.unread, "sh", Checkout.program] + words, executable: "/bin/sh")
                    #expect(unread.status == 0, "\(words): \(unread.errors)")
                    #expect(!unread.errors.contains("standard output"), "\(words): \(unread.errors)")
                }
            }
        }
    }

    /// Runs a program whose standard output is a pipe that nobody reads any more.
    private static let unread = #"mkfifo pipe && exec 4<>pipe 5>pipe 4<&- && exec "$@" >&5 5>&-"#
}
