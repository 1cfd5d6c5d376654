/// The manual page `headcount(1)`, written out of the tree of commands in the macros of man(7).
public struct ManualPage: Sendable {
    private let root: Command
    private let version: String
    private let topics: [HelpTopic]

    /// The manual of the program whose commands hang under `root`.
    public init(_ root: Command, version: String, topics: [HelpTopic]) {
        self.root = root
        self.version = version
        self.topics = topics
    }

    /// The source of the page, ending with a newline.
    public var text: String {
        // Without a date: the same version gives the same page.
        var lines = [".TH HEADCOUNT 1 \"\" \"headcount \(version)\" \"User Commands\""]
        lines += [".SH NAME", "headcount \\- \(Self.escaped(Self.uncapitalised(root.abstract)))"]
        lines += [".SH SYNOPSIS", ".B headcount", ".I COMMAND", "[OPTIONS]"]
        lines += [".SH DESCRIPTION"] + Self.paragraphs(root.discussion)
        lines += Self.terms(options: root.options + [.help])
        lines += [".SH COMMANDS"]
        for (path, command) in root.everyCommand where command.subcommands.isEmpty {
            lines += section(path, command)
        }
        for topic in topics {
            lines.append(".SH \"\(Self.escaped(topic.name.uppercased()))\"")
            lines += Self.paragraphs(topic.abstract + ".") + [".PP"] + Self.verbatim(topic.text)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func section(_ path: [String], _ command: Command) -> [String] {
        var lines = [".SS \"\(Self.escaped(HelpPage(command, path: path).usage))\""]
        lines += Self.paragraphs(command.abstract + ".")
        if !command.discussion.isEmpty { lines += [".PP"] + Self.verbatim(command.discussion) }
        for positional in command.positionals {
            lines += [".TP", ".I \(Self.escaped(positional.name))"] + Self.paragraphs(positional.help)
        }
        lines += Self.terms(options: command.options)
        if !command.examples.isEmpty { lines += [".PP", "Examples:", ".PP"] + Self.verbatim(command.examples) }
        return lines
    }

    private static func terms(options: [Option]) -> [String] {
        options.flatMap { option in
            let value = option.value.map { " \\fI\(escaped($0))\\fR" } ?? ""
            let words = option.words.map { "\\fB\(escaped($0))\\fR" }.joined(separator: ", ")
            return [".TP", words + value] + paragraphs(option.help)
        }
    }

    private static func paragraphs(_ text: String) -> [String] {
        text.split(separator: "\n").map { guarded(escaped(String($0))) }
    }

    private static func verbatim(_ text: String) -> [String] {
        verbatim(text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init))
    }

    private static func verbatim(_ lines: [String]) -> [String] {
        [".nf"] + lines.map { guarded(escaped($0)) } + [".fi"]
    }

    /// For text between macros: the signs that roff would take for its own.
    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { escaped, character in
            switch character {
            case "\\": escaped += "\\e"
            case "-": escaped += "\\-"
            case "'": escaped += "\\(aq"
            case "\"": escaped += "\\(dq"
            case "`": escaped += "\\(ga"
            case "~": escaped += "\\(ti"
            case "^": escaped += "\\(ha"
            default: escaped.append(character)
            }
        }
    }

    /// A line that began with a dot would be a macro.
    private static func guarded(_ line: String) -> String {
        line.hasPrefix(".") ? "\\&" + line : line
    }

    private static func uncapitalised(_ text: String) -> String {
        text.prefix(1).lowercased() + text.dropFirst()
    }
}
