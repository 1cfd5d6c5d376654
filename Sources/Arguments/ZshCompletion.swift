/// Completions for zsh: a function for every command, each over zsh's own `_arguments`.
struct ZshCompletion {
    private let nodes: [(path: [String], command: Command)]

    init(_ root: Command) {
        nodes = root.everyCommand
    }

    var text: String {
        """
        #compdef headcount
        # zsh completion for headcount, written by `headcount completions zsh`.

        \(nodes.map(function).joined(separator: "\n"))
        # Loaded by its name from a folder of fpath it runs at once; read as a file it registers itself.
        if [[ $funcstack[1] == _headcount ]]; then
            _headcount "$@"
        else
            compdef _headcount headcount
        fi

        """
    }

    private func function(_ path: [String], _ command: Command) -> String {
        let name = Self.functionName(path)
        let options = (command.options + [.help]).flatMap(Self.arguments)
        guard !command.subcommands.isEmpty else {
            let arguments = options + command.positionals.enumerated().map(Self.argument)
            return "\(name)() {\n    _arguments -s \\\n        \(arguments.joined(separator: " \\\n        "))\n}\n"
        }
        let described = command.subcommands.map { subcommand in
            Self.quoted("\(subcommand.name):\(subcommand.abstract)")
        }
        let calls = command.subcommands.map { subcommand in
            "        \(subcommand.name)) \(Self.functionName(path + [subcommand.name])) ;;"
        }
        let arguments = options + ["'1: :->command'", "'*:: :->argument'"]
        return """
            \(name)() {
                local curcontext="$curcontext" state line
                local -a commands
                typeset -A opt_args
                _arguments -C \\
                    \(arguments.joined(separator: " \\\n        "))
                case $state in
                command)
                    commands=(
                        \(described.joined(separator: "\n            "))
                    )
                    _describe command commands
                    ;;
                argument)
                    case $words[1] in
            \(calls.joined(separator: "\n"))
                    esac
                    ;;
                esac
            }

            """
    }

    private static func functionName(_ path: [String]) -> String {
        (["_headcount"] + path).joined(separator: "_")
    }

    /// The letter and the name of an option are told apart: each keeps the other from being offered again.
    private static func arguments(_ option: Option) -> [String] {
        let help = escaped(option.help)
        let others = option.words.count > 1 ? "(\(option.words.joined(separator: " ")))" : ""
        return option.words.map { word in
            guard let placeholder = option.value else { return quoted("\(others)\(word)[\(help)]") }
            let mark = word.hasPrefix("--") ? "=" : "+"
            let action = action(CompletionValues(of: option))
            return quoted("\(others)\(word)\(mark)[\(help)]:\(escaped(placeholder)):\(action)")
        }
    }

    private static func argument(_ place: Int, _ positional: Positional) -> String {
        let start =
            switch positional.occurrence {
            case .required: "\(place + 1):"
            case .optional: "\(place + 1)::"
            case .repeated: "*:"
            }
        let message = escaped(positional.choices.isEmpty ? positional.name : "one of these")
        return quoted("\(start)\(message):\(action(CompletionValues(of: positional)))")
    }

    private static func action(_ values: CompletionValues) -> String {
        switch values {
        case .words(let choices): "(\(choices.joined(separator: " ")))"
        case .files: "_files"
        case .folders: "_files -/"
        case .nothing: ""
        }
    }

    /// For what stands in a specification of `_arguments`, where brackets and colons have a meaning.
    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { escaped, character in
            if "[]:\\".contains(character) { escaped.append("\\") }
            escaped.append(character)
        }
    }

    private static func quoted(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#) + "'"
    }
}
