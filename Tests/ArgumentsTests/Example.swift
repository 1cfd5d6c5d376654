import Arguments

/// A small program with every kind of argument and option there is.
enum Example {
    static let add = Command(
        "add", "Adds a thing", discussion: "Things are kept for ever.\nThis stands as it is.",
        positionals: [
            Positional("THING", "What is added."), Positional("PLACE", "Where to.", occurrence: .optional),
        ],
        options: [
            Option("priority", value: "N", "The higher the sooner."),
            Option("colour", choices: ["red", "blue"], "How it is painted."),
            Option("file", value: "FILE", "Where it is read from; - for standard input."),
            Option(flag: "force", "Adds it even so."),
            Option(
                "a-very-long-name-of-an-option", value: "PLACEHOLDER",
                "An option whose name leaves no place for help on its line, and whose help takes more than the one "
                    + "line that a page of a hundred columns has for it."),
        ],
        examples: ["headcount thing add one --priority 5", "headcount thing add two"])

    static let root = Command(
        "headcount", "Keeps things", options: [Option(flag: "version", "Print the version.")],
        subcommands: [
            Command("thing", "Things and what becomes of them", subcommands: [add]),
            Command("status", "Shows what there is", examples: ["headcount status"]),
        ])

    static func parse(_ words: String...) throws(UsageError) -> Invocation {
        try CommandParser(root).parse(words)
    }
}
