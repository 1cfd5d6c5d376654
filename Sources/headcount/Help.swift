import Arguments
import Terminal

/// `headcount help`
enum Help: Action {
    static let command = Command(
        "help", "Explain a command or a topic",
        discussion: "Without a word it lists what there is to be explained.",
        positionals: [
            Positional("TOPIC", "A topic, a command or a group of commands.", occurrence: .optional),
            Positional("COMMAND", "A command of the group.", occurrence: .optional),
        ],
        examples: ["headcount help", "headcount help plans", "headcount help local start"])

    static func run(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        let words = [invocation.argument(0), invocation.argument(1)].compactMap { $0 }
        try context.console.output(HelpIndex(CommandTree.root, topics: HelpTopic.all).page(for: words))
        return .success
    }
}
