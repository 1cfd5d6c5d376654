/// What `help` answers with: the page of a command, the page of a topic, or a list of both.
public struct HelpIndex: Sendable {
    private let root: Command
    private let topics: [HelpTopic]

    /// Help for the commands under `root` and for some topics beside them.
    public init(_ root: Command, topics: [HelpTopic]) {
        self.root = root
        self.topics = topics
    }

    /// The page that some words ask for, ending with a newline. A command goes before a topic of the same name.
    /// - Throws: `UsageError.unknownTopic` where there is neither.
    public func page(for words: [String]) throws(UsageError) -> String {
        if words.isEmpty { return list }
        if let found = root.everyCommand.first(where: { $0.path == words }) {
            return HelpPage(found.command, path: found.path).text
        }
        if words.count == 1, let topic = topics.first(where: { $0.name == words[0] }) {
            return "\(topic.abstract).\n\n\(topic.text)\n"
        }
        // The root has no name of its own.
        let known = root.everyCommand.map { $0.path.joined(separator: " ") }.filter { !$0.isEmpty } + topics.map(\.name)
        let asked = words.joined(separator: " ")
        throw .unknownTopic(asked, nearest: Spelling.nearest(to: asked, among: known))
    }

    private var list: String {
        let commands = root.subcommands.map { ($0.name, $0.abstract + ".") }
        return HelpPage.list("Topics", topics.map { ($0.name, $0.abstract + ".") }) + "\n\n"
            + HelpPage.list("Commands", commands) + "\n"
    }
}
