import TestSupport
import Testing

/// Every command of the program, read from its own help, so that no test forgets a new one.
struct CommandCatalogue: Sendable {
    struct Entry: Sendable {
        /// Such as `["local", "start"]`.
        let path: [String]
        /// What it takes, such as `SET`; in brackets where it may be left out.
        let arguments: [String]
        /// The whole page.
        let help: String

        var takesDatabase: Bool { help.contains("  --database URL") }
    }

    let entries: [Entry]

    /// Asks the program.
    static func read() async throws -> CommandCatalogue {
        var entries: [Entry] = []
        for name in try await names(in: []) {
            let members = try await names(in: [name])
            for path in members.isEmpty ? [[name]] : members.map({ [name, $0] }) {
                let help = try await RunningProgram.run(["help"] + path).output
                let usage = try #require(help.split(separator: "\n").first { $0.hasPrefix("Usage: headcount ") })
                let words = usage.split(separator: " ").map { String($0) }
                entries.append(
                    Entry(
                        path: path, arguments: words.dropFirst(2 + path.count).filter { $0 != "[OPTIONS]" },
                        help: help))
            }
        }
        return CommandCatalogue(entries: entries)
    }

    /// The names below `Commands:` of a page of help; none where the page has no such list.
    private static func names(in group: [String]) async throws -> [String] {
        let lines = try await RunningProgram.run(["help"] + group).output.split(
            separator: "\n", omittingEmptySubsequences: false)
        guard let title = lines.firstIndex(of: "Commands:") else { return [] }
        return lines[(title + 1)...].prefix { !$0.isEmpty }
            // Further lines of an abstract stand deeper in.
            .filter { $0.hasPrefix("  ") && !$0.hasPrefix("   ") }
            .compactMap { $0.split(separator: " ").first.map { String($0) } }
    }
}
