import Arguments
import Testing

struct CommandParserTests {
    private func add(_ words: String...) throws(UsageError) -> Invocation {
        try CommandParser(Example.root).parse(["thing", "add"] + words)
    }

    @Test("Words lead to a command; its arguments keep their places")
    func wordsLeadToACommand() throws {
        let invocation = try add("lamp", "hall")
        #expect(invocation.path == ["thing", "add"])
        #expect(invocation.command == Example.add)
        #expect(invocation.required(0) == "lamp")
        #expect(invocation.argument(1) == "hall")
        #expect(invocation.argument(2) == nil)
        #expect(!invocation.wantsHelp)
    }

    @Test("An optional argument may be missing")
    func optionalArgumentsMayBeMissing() throws {
        #expect(try add("lamp").argument(1) == nil)
    }

    @Test(
        "A value follows its option after a space or =, before or behind the arguments",
        arguments: [
            ["--priority", "5", "lamp"], ["lamp", "--priority", "5"], ["--priority=5", "lamp"],
            ["lamp", "--priority=5"],
        ])
    func valuesAreRead(words: [String]) throws {
        let invocation = try CommandParser(Example.root).parse(["thing", "add"] + words)
        #expect(invocation.value(of: "priority") == "5")
        #expect(invocation.required(0) == "lamp")
        #expect(invocation.value(of: "colour") == nil)
    }

    @Test("A negative number is a value, not an option", arguments: [["--priority", "-5"], ["--priority=-5"]])
    func negativeNumbersAreValues(words: [String]) throws {
        let invocation = try CommandParser(Example.root).parse(["thing", "add", "lamp"] + words)
        #expect(try invocation.integer(of: "priority", in: -10...10) == -5)
    }

    @Test("A negative number is an argument too")
    func negativeNumbersAreArguments() throws {
        #expect(try add("lamp", "-5").argument(1) == "-5")
        #expect(throws: UsageError.self) { try add("lamp", "-x") }
    }

    @Test("A value may hold = and may begin with two dashes behind one")
    func valuesMayHoldAnything() throws {
        #expect(try add("lamp", "--file=a=b=c").value(of: "file") == "a=b=c")
        #expect(try add("lamp", "--file=--odd").value(of: "file") == "--odd")
        #expect(try add("lamp", "--file", "a b").value(of: "file") == "a b")
    }

    @Test("A single dash is a value and an argument")
    func dashIsAWord() throws {
        #expect(try add("lamp", "--file", "-").value(of: "file") == "-")
        #expect(try add("-").required(0) == "-")
    }

    @Test("Behind -- everything is an argument")
    func dashesEndOptions() throws {
        let invocation = try add("--force", "--", "--priority", "--help")
        #expect(invocation.has("force"))
        #expect(!invocation.wantsHelp)
        #expect(invocation.required(0) == "--priority")
        #expect(invocation.argument(1) == "--help")
        #expect(try add("--", "--").required(0) == "--")
    }

    @Test("A flag is there or not")
    func flags() throws {
        #expect(try add("lamp", "--force").has("force"))
        #expect(try !add("lamp").has("force"))
    }

    @Test(
        "Help is asked for wherever --help or -h stand, whatever else is wrong",
        arguments: [
            (["--help"], []), (["-h"], []), (["--nonsense", "--help"], []), (["thing", "-h"], ["thing"]),
            (["thing", "--help", "add"], ["thing"]), (["thing", "add", "--help"], ["thing", "add"]),
            (["thing", "add", "--priority", "--help"], ["thing", "add"]),
            (["thing", "add", "a", "b", "c", "--colour", "green", "-h"], ["thing", "add"]),
        ] as [([String], [String])])
    func helpIsFound(words: [String], path: [String]) throws {
        let invocation = try CommandParser(Example.root).parse(words)
        #expect(invocation.wantsHelp)
        #expect(invocation.path == path)
    }

    @Test("A program's own flag needs no command")
    func flagsOfTheProgram() throws {
        let invocation = try Example.parse("--version")
        #expect(invocation.has("version") && invocation.path.isEmpty)
    }
}
