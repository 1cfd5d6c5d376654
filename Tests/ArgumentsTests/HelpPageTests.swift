import Arguments
import Testing

struct HelpPageTests {
    @Test("The page of a command, word by word")
    func wholePage() {
        let page = HelpPage(Example.add, path: ["thing", "add"]).text
        #expect(
            page == """
                Adds a thing.

                Usage: headcount thing add THING [PLACE] [OPTIONS]

                Things are kept for ever.
                This stands as it is.

                Arguments:
                  THING  What is added.
                  PLACE  Where to.

                Options:
                  --priority N              The higher the sooner.
                  --colour red|blue         How it is painted.
                  --file FILE               Where it is read from; - for standard input.
                  --force                   Adds it even so.
                  --a-very-long-name-of-an-option PLACEHOLDER
                                            An option whose name leaves no place for help on its line, and whose
                                            help takes more than the one line that a page of a hundred columns has
                                            for it.
                  --help                    Print this page.

                Examples:
                  headcount thing add one --priority 5
                  headcount thing add two

                """)
        #expect(page.split(separator: "\n").allSatisfy { $0.count <= 100 })
    }

    @Test("The page of a command that holds others lists them")
    func pageOfAGroup() {
        #expect(
            HelpPage(Example.root, path: []).text == """
                Keeps things.

                Usage: headcount COMMAND [OPTIONS]

                Commands:
                  thing   Things and what becomes of them.
                  status  Shows what there is.

                Options:
                  --version  Print the version.
                  --help     Print this page.

                """)
    }

    @Test("Help of any length is folded at 100 columns without losing a word", arguments: [1, 7, 23, 24, 25, 40])
    func foldingKeepsWords(nameLength: Int) {
        let help = (1...60).map { String(repeating: "w", count: $0 % 13 + 1) }.joined(separator: " ")
        let name = String(repeating: "n", count: nameLength)
        let command = Command("x", "Does", options: [Option(flag: name, help)], examples: ["headcount x"])
        let lines = HelpPage(command, path: ["x"]).text.split(separator: "\n").map(String.init)
        #expect(lines.allSatisfy { $0.count <= 100 })
        let words = lines.joined(separator: " ").split(separator: " ")
        #expect(words.filter { $0.allSatisfy { $0 == "w" } } == help.split(separator: " "))
    }
}
