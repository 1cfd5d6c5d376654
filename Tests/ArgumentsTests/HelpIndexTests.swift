import Arguments
import Testing

struct HelpIndexTests {
    private let index = HelpIndex(
        Example.root, topics: [HelpTopic("colours", "What red means", "red: stop\nblue: nothing")])

    @Test("Without a word, the topics and then the commands")
    func list() throws {
        #expect(
            try index.page(for: []) == """
                Topics:
                  colours  What red means.

                Commands:
                  thing   Things and what becomes of them.
                  status  Shows what there is.

                """)
    }

    @Test("A command's words give its own page, a topic's word the topic")
    func pages() throws {
        #expect(try index.page(for: ["thing", "add"]) == HelpPage(Example.add, path: ["thing", "add"]).text)
        #expect(try index.page(for: ["colours"]) == "What red means.\n\nred: stop\nblue: nothing\n")
    }

    @Test("Neither a command nor a topic is refused with the nearest of both")
    func unknown() {
        #expect(throws: UsageError.unknownTopic("colour", nearest: "colours")) { try index.page(for: ["colour"]) }
        #expect(throws: UsageError.unknownTopic("thing ad", nearest: "thing add")) {
            try index.page(for: ["thing", "ad"])
        }
        #expect(throws: UsageError.unknownTopic("q", nearest: nil)) { try index.page(for: ["q"]) }
        #expect(throws: UsageError.unknownTopic("weather", nearest: nil)) { try index.page(for: ["weather"]) }
    }

    @Test("The manual guards what roff would take for its own")
    func manual() {
        let command = Command(
            "dots", "Begins lines with dots", discussion: ".TH is text here\nC:\\dir - it's",
            examples: ["headcount dots"])
        let page = ManualPage(
            Command("headcount", "Keeps things", subcommands: [command]), version: "1", topics: []
        ).text
        #expect(page.contains("\n\\&.TH is text here\nC:\\edir \\- it\\(aqs\n"))
    }
}
