import TestSupport
import Testing

/// The completions in the real shells.
@Suite struct CompletionTests {
    /// A command line, the word to be completed last, and words that must and must not be among what is offered.
    struct Case: Sendable {
        let line: String
        let offered: [String]
        var others: [String] = ["frobnicate"]
    }

    static let cases = [
        Case(line: "headcount enq", offered: ["enqueue"], others: ["results"]),
        Case(line: "headcount local st", offered: ["start", "stop", "status"], others: ["url", "enqueue"]),
        Case(line: "headcount work --dr", offered: ["--drain"], others: ["--set"]),
        Case(line: "headcount results museum --for", offered: ["--format"], others: ["--run"]),
        Case(line: "headcount completions ", offered: ["bash", "zsh", "fish"], others: ["tcsh"]),
    ]

    @Test("bash offers what the command takes", arguments: cases)
    func offersOfBash(_ wanted: Case) async throws {
        let script = try await RunningProgram.run(["completions", "bash"]).output
        let words = wanted.line.split(separator: " ", omittingEmptySubsequences: false).map { "'\($0)'" }
        let offered = try await Self.lines(
            of: "/bin/bash", ["--norc"],
            input: """
                \(script)
                COMP_WORDS=(\(words.joined(separator: " "))) COMP_CWORD=\(words.count - 1)
                _headcount
                printf '%s\\n' "${COMPREPLY[@]}"
                """)
        Self.check(offered, wanted)
    }

    @Test(
        "fish offers what the command takes", .enabled(if: InstalledTool.fish.isPresent, InstalledTool.fish.absence),
        arguments: cases)
    func offersOfFish(_ wanted: Case) async throws {
        let script = try await RunningProgram.run(["completions", "fish"]).output
        let offered = try await Self.lines(
            of: try #require(InstalledTool.fish.path), ["--no-config"],
            input: "\(script)\ncomplete --do-complete '\(wanted.line)'\n"
        ).map { String($0.prefix { $0 != "\t" }) }
        Self.check(offered, wanted)
    }

    @Test(
        "zsh offers what the command takes", .enabled(if: InstalledTool.zsh.isPresent, InstalledTool.zsh.absence),
        arguments: cases)
    func offersOfZsh(_ wanted: Case) async throws {
        let folder = try TemporaryFolder()
        try folder.write(try await RunningProgram.run(["completions", "zsh"]).output, to: "_headcount")
        // zsh completes only for somebody who types: a terminal of its own, in which whatever is offered is printed.
        let offered = try await Self.lines(
            of: try #require(InstalledTool.zsh.path), ["-f"],
            input: """
                zmodload zsh/zpty
                zpty session zsh -f -i
                zpty -w session 'PS1=; stty -echo; fpath=(\(folder.path) $fpath); autoload -Uz compinit; compinit -D -u'
                zpty -w session 'compadd() {
                    local -a offered; builtin compadd -A offered "$@"; print -l -- "" "${offered[@]}"
                    builtin compadd "$@"
                }'
                zpty -w session 'finish() { print; print DO""NE; exit }; comppostfuncs=(finish)'
                zpty -w session 'print REA""DY'
                zpty -r session output '*READY*'
                zpty -w -n session '\(wanted.line)'$'\\t'
                zpty -r session output '*DONE*'
                print -r -- $output
                """)
        Self.check(offered, wanted)
    }

    @Test(
        "the manual names every command and is sound",
        .enabled(if: InstalledTool.mandoc.isPresent, InstalledTool.mandoc.absence))
    func manual() async throws {
        let page = try await RunningProgram.run(["man"]).output
        for command in ["enqueue", "local start", "completions"] { #expect(page.contains("headcount \(command)")) }
        // It has no date, so that the same version gives the same page.
        let complaints = try await Self.lines(
            of: try #require(InstalledTool.mandoc.path), ["-T", "lint", "-W", "warning"], input: page
        ).filter { !$0.isEmpty && !$0.contains("missing date") }
        #expect(complaints == [])
    }

    private static func check(_ offered: [String], _ wanted: Case) {
        for word in wanted.offered { #expect(offered.contains(word), "\(wanted.line): \(offered)") }
        for word in wanted.others { #expect(!offered.contains(word), "\(wanted.line): \(offered)") }
    }

    /// What a program prints for what it reads, without the ends that a terminal gives its lines.
    private static func lines(of program: String, _ words: [String], input: String) async throws -> [String] {
        let outcome = try await RunningProgram.run(words, executable: program, input: input)
        return outcome.output.split(whereSeparator: \.isNewline).map(String.init)
    }
}
