import Foundation
import Testing

@testable import Terminal

struct ConsoleTests {
    private static let clear = "\r\u{1B}[K"

    /// A console whose messages go to `terminal` and whose results go to `pipe`.
    private func console(
        on terminal: PseudoTerminal, _ pipe: Pipe, _ environment: [String: String] = [:]
    ) -> Console {
        Console(environment: environment, messages: terminal.terminal, results: pipe.input)
    }

    @Test("Messages go to the one side, results to the other, as they are")
    func sidesAreKeptApart() throws {
        let (messages, results) = (try Pipe(), try Pipe())
        let console = Console(environment: [:], messages: messages.input, results: results.input)
        console.say("said")
        console.warn("warned")
        console.fail("failed")
        try console.output("a\tb\u{1B}[1m\n")
        #expect(try messages.written() == "said\nheadcount: warned\nheadcount: failed\n")
        #expect(try results.written() == "a\tb\u{1B}[1m\n")
    }

    @Test("A result that does not fit a pipe that does not wait is written whole all the same")
    func nonBlockingPipe() async throws {
        let pipe = try Pipe()
        try #require(fcntl(pipe.input, F_SETFL, O_NONBLOCK) == 0)
        let console = Console(environment: [:], messages: pipe.input, results: pipe.input)
        let text = String(repeating: "0123456789abcdef", count: 1 << 16)
        let writing = Task.detached { try console.output(text) }
        #expect(try pipe.read(count: text.utf8.count) == text)
        try await writing.value
    }

    @Test("Without a terminal there is no progress line and no colour")
    func pipesGetPlainText() throws {
        let pipe = try Pipe()
        let console = Console(environment: [:], messages: pipe.input, results: pipe.input)
        #expect(!console.isTerminal && !console.resultsAreOnTerminal)
        #expect(console.columns == 80)
        console.showProgress("half")
        console.clearProgress()
        console.warn("end")
        #expect(try pipe.written() == "headcount: end\n")
    }

    @Test("Messages and results appear above the progress line, which is written anew")
    func progressStaysAtTheBottom() throws {
        let (terminal, pipe) = (try PseudoTerminal(columns: 60), try Pipe())
        let console = console(on: terminal, pipe)
        #expect(console.isTerminal && !console.resultsAreOnTerminal)
        console.showProgress("1 of 2")
        console.say("found one")
        console.showProgress("2 of 2")
        console.clearProgress()
        console.clearProgress()
        console.say("done")
        let clear = Self.clear
        #expect(
            try terminal.written() == "\(clear)1 of 2\(clear)found one\n1 of 2\(clear)2 of 2\(clear)done\n")
    }

    @Test("A result on the terminal takes the place of the progress line")
    func resultsClearProgress() throws {
        let terminal = try PseudoTerminal(columns: 60)
        let console = Console(environment: [:], messages: terminal.terminal, results: terminal.terminal)
        console.showProgress("half")
        try console.output("result\n")
        #expect(try terminal.written() == "\(Self.clear)half\(Self.clear)result\n")
    }

    @Test("The last line of a command that failed leaves no progress line behind")
    func failureClearsProgress() throws {
        let (terminal, pipe) = (try PseudoTerminal(columns: 60), try Pipe())
        let console = console(on: terminal, pipe, ["NO_COLOR": "1"])
        console.showProgress("half")
        console.fail("no")
        #expect(try terminal.written() == "\(Self.clear)half\(Self.clear)headcount: no\n")
    }

    @Test(
        "A progress line stays on one line of the terminal",
        arguments: [(UInt16(30), 29), (200, 100), (5, 20), (0, 79)])
    func progressIsCut(columns: UInt16, length: Int) throws {
        let (terminal, pipe) = (try PseudoTerminal(columns: columns), try Pipe())
        console(on: terminal, pipe).showProgress(String(repeating: "é", count: 100))
        #expect(try terminal.written() == Self.clear + String(repeating: "é", count: length))
    }

    @Test(
        "Colours are for terminals that did not refuse them",
        arguments: [
            ([:], true), (["NO_COLOR": ""], true), (["NO_COLOR": "1"], false), (["TERM": "dumb"], false),
            (["TERM": "xterm"], true),
        ] as [([String: String], Bool)])
    func colours(environment: [String: String], coloured: Bool) throws {
        let (terminal, pipe) = (try PseudoTerminal(columns: 80), try Pipe())
        console(on: terminal, pipe, environment).warn("careful")
        #expect(
            try terminal.written()
                == (coloured ? "\u{1B}[1;33mheadcount:\u{1B}[0m careful\n" : "headcount: careful\n"))
    }

    @Test("A dumb terminal gets no progress line")
    func dumbTerminals() throws {
        let (terminal, pipe) = (try PseudoTerminal(columns: 80), try Pipe())
        let console = console(on: terminal, pipe, ["TERM": "dumb"])
        console.showProgress("half")
        #expect(try terminal.written().isEmpty)
        #expect(!console.isTerminal)
    }

    @Test(
        "Control characters in a message are shown, not obeyed",
        arguments: [
            ("plain – Straße 市", "plain – Straße 市"), ("\u{1B}[2Jx", "\\u{1B}[2Jx"), ("a\r\nb\tc", "a\\r\\nb\\tc"),
            ("\0\u{7F}\u{9B}", "\\0\\u{7F}\\u{009B}"), ("back\\slash \"quoted\"", "back\\slash \"quoted\""),
        ])
    func printable(text: String, shown: String) throws {
        #expect(Console.printable(text) == shown)
        let pipe = try Pipe()
        let console = Console(environment: [:], messages: pipe.input, results: pipe.input)
        console.say(text)
        #expect(try pipe.written() == shown + "\n")
    }

    @Test("A result that nobody reads, or for which there is no room, is an error")
    func unwritableResults() throws {
        // As the program itself does: the write fails instead of the process.
        signal(SIGPIPE, SIG_IGN)
        let pipe = try Pipe()
        pipe.stopReading()
        let console = Console(environment: [:], messages: pipe.input, results: pipe.input)
        #expect(throws: ConsoleError.readerGone) { try console.output("x") }
        // A message has nobody to read it then, and that is all.
        console.say("x")

        let full = open("/dev/full", O_WRONLY)
        try #require(full >= 0)
        defer { close(full) }
        let fullDisk = Console(environment: [:], messages: pipe.input, results: full)
        #expect(throws: ConsoleError.unwritable(reason: "No space left on device")) { try fullDisk.output("x") }
    }

    @Test("Lines from many threads do not mix")
    func threads() throws {
        let pipe = try Pipe()
        let console = Console(environment: [:], messages: pipe.input, results: pipe.input)
        // Longer than what a pipe takes in one piece, and than what it holds.
        let lines = (0..<8).map { String(repeating: Character(Unicode.Scalar(UInt8($0) + 65)), count: 200_000) }
        let writing = lines.map { line in Thread { console.say(line) } }
        writing.forEach { $0.start() }
        let written = try pipe.read(count: lines.count * 200_001)
        #expect(Set(written.split(separator: "\n").map(String.init)) == Set(lines))
    }
}
