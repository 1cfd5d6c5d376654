import Arguments
import Terminal

/// `headcount man`
enum Manual: Action {
    static let command = Command(
        "man", "Print the manual page, in the macros of man",
        examples: [
            "headcount man | man -l -",
            "headcount man > /usr/local/share/man/man1/headcount.1",
        ])

    static func run(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        let page = ManualPage(CommandTree.root, version: Version.current, topics: HelpTopic.all)
        try context.console.output(page.text)
        return .success
    }
}
