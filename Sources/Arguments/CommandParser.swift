/// Reads the words of a command line by a tree of commands.
///
/// Options may stand anywhere behind the command and take their value after a space or `=`; few have a letter too; `--`
/// ends them; a single `-` and a negative number are arguments; `-h` and `--help` ask for help wherever they stand before
/// `--`. A value may begin with one dash, as `-5` does, and one that begins with two is written behind `=`. An empty word
/// or value is never meant: it is a variable of the shell that was not set.
public struct CommandParser: Sendable {
    private let root: Command

    /// A parser for the program whose commands hang under `root`.
    public init(_ root: Command) {
        self.root = root
    }

    /// Understands the words behind the program's name.
    public func parse(_ words: [String]) throws(UsageError) -> Invocation {
        var command = root
        var path: [String] = []
        var rest = words[...]
        while !command.subcommands.isEmpty, let word = rest.first, !word.hasPrefix("-") {
            guard let next = command.subcommands.first(where: { $0.name == word }) else {
                let nearest = Spelling.nearest(to: word, among: command.subcommands.map(\.name))
                throw .unknownCommand(word, nearest: nearest, path: path)
            }
            command = next
            path.append(word)
            rest = rest.dropFirst()
        }
        if rest.prefix(while: { $0 != "--" }).contains(where: { $0 == "--help" || $0 == "-h" }) {
            return Invocation(
                path: path, command: command, wantsHelp: true, values: [:], flags: [], arguments: [])
        }
        return try understand(rest, of: command, at: path)
    }

    private func understand(
        _ words: ArraySlice<String>, of command: Command, at path: [String]
    ) throws(UsageError) -> Invocation {
        var values: [String: String] = [:]
        var flags: Set<String> = []
        var arguments: [String] = []
        var rest = words
        while let word = rest.popFirst() {
            if word == "--" {
                arguments += rest
                break
            }
            guard word.hasPrefix("-"), word != "-", !Self.isNegativeNumber(word) else {
                arguments.append(word)
                continue
            }
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let options = command.options + [.help]
            guard let option = options.first(where: { $0.words.contains(String(parts[0])) }) else {
                let names = options.map { "--" + $0.name }
                let nearest = Spelling.nearest(to: String(parts[0]), among: names)
                throw .unknownOption(String(parts[0]), nearest: nearest, path: path)
            }
            guard values[option.name] == nil, !flags.contains(option.name) else {
                throw .repeatedOption(option.name, path: path)
            }
            if let placeholder = option.value {
                let value: String
                if parts.count == 2 {
                    value = String(parts[1])
                } else if let next = rest.first, !next.hasPrefix("--") {
                    value = next
                    rest = rest.dropFirst()
                } else {
                    value = ""
                }
                guard !value.isEmpty else {
                    throw .missingValue(option: option.name, placeholder: placeholder, path: path)
                }
                guard option.choices.isEmpty || option.choices.contains(value) else {
                    let needed = option.choices.joined(separator: " or ")
                    throw .value(option: option.name, text: value, needed: needed, path: path)
                }
                values[option.name] = value
            } else {
                guard parts.count == 1 else { throw .unexpectedValue(flag: option.name, path: path) }
                flags.insert(option.name)
            }
        }
        try check(arguments, of: command, at: path, anyOption: !values.isEmpty || !flags.isEmpty)
        return Invocation(
            path: path, command: command, wantsHelp: false, values: values, flags: flags, arguments: arguments)
    }

    /// No option is named by a digit.
    private static func isNegativeNumber(_ word: String) -> Bool {
        word.utf8.dropFirst().first.map { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ?? false
    }

    private func check(
        _ arguments: [String], of command: Command, at path: [String], anyOption: Bool
    ) throws(UsageError) {
        if !command.subcommands.isEmpty && !anyOption { throw .missingCommand(path: path) }
        let required = command.positionals.count { $0.occurrence == .required }
        if arguments.count < required {
            throw .missingArgument(command.positionals[arguments.count].name, path: path)
        }
        if arguments.count > command.positionals.count, command.positionals.last?.occurrence != .repeated {
            throw .unexpectedArgument(arguments[command.positionals.count], path: path)
        }
        if let empty = arguments.firstIndex(of: "") {
            throw .missingArgument(command.positionals[min(empty, command.positionals.count - 1)].name, path: path)
        }
        for (text, positional) in zip(arguments, command.positionals)
        where !positional.choices.isEmpty && !positional.choices.contains(text) {
            throw .argument(text: text, needed: positional.choices.joined(separator: " or "), path: path)
        }
    }
}
