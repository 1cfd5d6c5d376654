import Arguments
import Testing

struct UsageErrorTests {
    static let path = ["thing", "add"]

    static let refusals: [(words: [String], error: UsageError)] = [
        ([], .missingCommand(path: [])),
        (["thing"], .missingCommand(path: ["thing"])),
        (["thing", "--"], .missingCommand(path: ["thing"])),
        ([""], .unknownCommand("", nearest: nil, path: [])),
        (["statsu"], .unknownCommand("statsu", nearest: "status", path: [])),
        (["thing", "paint"], .unknownCommand("paint", nearest: nil, path: ["thing"])),
        (["--version", "status"], .unexpectedArgument("status", path: [])),
        (["status", "now"], .unexpectedArgument("now", path: ["status"])),
        (["status", "--verbose"], .unknownOption("--verbose", nearest: nil, path: ["status"])),
        (["status", "--hlep"], .unknownOption("--hlep", nearest: "--help", path: ["status"])),
        (["status", "--help=all"], .unexpectedValue(flag: "help", path: ["status"])),
        (["thing", "add"], .missingArgument("THING", path: path)),
        (["thing", "add", ""], .missingArgument("THING", path: path)),
        (["thing", "add", "lamp", ""], .missingArgument("PLACE", path: path)),
        (["thing", "add", "a", "b", "c"], .unexpectedArgument("c", path: path)),
        (["thing", "add", "a", "b", ""], .unexpectedArgument("", path: path)),
        (["thing", "add", "lamp", "-x"], .unknownOption("-x", nearest: nil, path: path)),
        (["thing", "add", "lamp", "--Force"], .unknownOption("--Force", nearest: "--force", path: path)),
        (["thing", "add", "lamp", "--prioritty=5"], .unknownOption("--prioritty", nearest: "--priority", path: path)),
        (["thing", "add", "lamp", "--=5"], .unknownOption("--", nearest: nil, path: path)),
        (["thing", "add", "lamp", "--force=yes"], .unexpectedValue(flag: "force", path: path)),
        (["thing", "add", "lamp", "--force", "--force"], .repeatedOption("force", path: path)),
        (["thing", "add", "lamp", "--priority=1", "--priority", "2"], .repeatedOption("priority", path: path)),
        (["thing", "add", "lamp", "--priority"], missing),
        (["thing", "add", "lamp", "--priority", "--force"], missing),
        (["thing", "add", "lamp", "--priority", "--"], missing),
        (["thing", "add", "lamp", "--priority", ""], missing),
        (["thing", "add", "lamp", "--priority="], missing),
        (
            ["thing", "add", "lamp", "--colour", "green"],
            .value(option: "colour", text: "green", needed: "red or blue", path: path)
        ),
        (
            ["thing", "add", "lamp", "--colour=Red"],
            .value(option: "colour", text: "Red", needed: "red or blue", path: path)
        ),
    ]

    private static let missing = UsageError.missingValue(option: "priority", placeholder: "N", path: path)

    @Test("Words that make no sense are refused for the first reason", arguments: refusals)
    func nonsenseIsRefused(words: [String], error: UsageError) {
        #expect(throws: error) { try CommandParser(Example.root).parse(words) }
    }

    @Test("Every refusal is one line that names its cause and where to read more", arguments: refusals.map(\.error))
    func refusalsAreOneLine(error: UsageError) {
        #expect(!error.description.contains("\n"))
        #expect(error.description.hasSuffix("--help)"))
    }

    @Test(
        "Refusals read as people speak",
        arguments: [
            (
                UsageError.unknownCommand("statsu", nearest: "status", path: []),
                "unknown command “statsu”, did you mean status? (see headcount --help)"
            ),
            (
                .value(option: "colour", text: "green", needed: "red or blue", path: path),
                "--colour cannot be “green”: it takes red or blue (see headcount thing add --help)"
            ),
            (missing, "--priority needs a value, N (see headcount thing add --help)"),
            (
                .conflict("--a and --b exclude each other", path: path),
                "--a and --b exclude each other (see headcount thing add --help)"
            ),
        ])
    func wording(error: UsageError, line: String) {
        #expect(error.description == line)
    }
}
