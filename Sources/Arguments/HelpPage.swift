/// The help of one command.
public struct HelpPage: Sendable {
    private static let width = 100
    private static let widestTerm = 28

    private let command: Command
    private let words: [String]

    /// Help for the command that `path` leads to, the program's name left out.
    public init(_ command: Command, path: [String]) {
        self.command = command
        words = ["headcount"] + path
    }

    /// The page, ending with a newline. Lists are folded at 100 columns; discussion and examples are as they were written.
    public var text: String {
        var sections = ["\(command.abstract).", "Usage: \(usage)"]
        if !command.discussion.isEmpty { sections.append(command.discussion) }
        if !command.subcommands.isEmpty {
            sections.append(Self.list("Commands", command.subcommands.map { ($0.name, $0.abstract + ".") }))
        }
        if !command.positionals.isEmpty {
            sections.append(Self.list("Arguments", command.positionals.map { ($0.name, $0.help) }))
        }
        let options = (command.options + [.help]).map { option in
            (option.words.joined(separator: ", ") + (option.value.map { " \($0)" } ?? ""), option.help)
        }
        sections.append(Self.list("Options", options))
        if !command.examples.isEmpty {
            let label = command.examples.count == 1 ? "Example:" : "Examples:"
            sections.append(([label] + command.examples.map { "  " + $0 }).joined(separator: "\n"))
        }
        return sections.joined(separator: "\n\n") + "\n"
    }

    /// How the command is called, with the names of what it takes.
    var usage: String {
        var parts = words
        if !command.subcommands.isEmpty { parts.append("COMMAND") }
        parts += command.positionals.map { positional in
            switch positional.occurrence {
            case .required: positional.name
            case .optional: "[\(positional.name)]"
            case .repeated: "[\(positional.name)...]"
            }
        }
        if !command.options.isEmpty { parts.append("[OPTIONS]") }
        return parts.joined(separator: " ")
    }

    static func list(_ title: String, _ rows: [(String, String)]) -> String {
        let indent = min(widestTerm, (rows.map(\.0.count).max() ?? 0) + 4)
        var lines = ["\(title):"]
        for (term, help) in rows {
            let folded = fold(help, to: width - indent)
            let head = "  " + term
            if head.count + 2 > indent {
                lines.append(head)
                lines += folded.map { String(repeating: " ", count: indent) + $0 }
            } else {
                let gap = String(repeating: " ", count: indent - head.count)
                lines.append(head + gap + (folded.first ?? ""))
                lines += folded.dropFirst().map { String(repeating: " ", count: indent) + $0 }
            }
        }
        return lines.joined(separator: "\n")
    }

    private static func fold(_ text: String, to width: Int) -> [String] {
        var lines: [String] = []
        for word in text.split(separator: " ") {
            if let last = lines.last, last.count + 1 + word.count <= width {
                lines[lines.count - 1] = last + " " + word
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }
}
