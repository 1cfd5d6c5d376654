/// Completions for bash, 4.4 or newer.
///
/// One function walks the words up to the cursor to find the command, and then offers what that command takes.
struct BashCompletion {
    private let nodes: [(path: [String], command: Command)]

    init(_ root: Command) {
        nodes = root.everyCommand
    }

    var text: String {
        """
        # bash completion for headcount, written by `headcount completions bash`.

        _headcount() {
            local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}" path="" word
            # bash makes words of their own of the = in --option=VALUE.
            if [[ $current == "=" ]]; then current=""; fi
            if [[ $previous == "=" ]]; then previous="${COMP_WORDS[COMP_CWORD-2]}"; fi
            COMPREPLY=()
            for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
                case "$path $word" in
                \(commandPattern)) path+=" $word" ;;
                *) break ;;
                esac
            done
            case "$path" in
        \(nodes.map(clause).joined(separator: "\n"))
            esac
        }

        complete -F _headcount headcount

        """
    }

    private var commandPattern: String {
        nodes.dropFirst().map { "\" \($0.path.joined(separator: " "))\"" }.joined(separator: " | ")
    }

    private func clause(_ path: [String], _ command: Command) -> String {
        let options = command.options + [.help]
        var lines = ["    \"\(path.map { " " + $0 }.joined())\")"]
        let valued = options.filter { $0.value != nil }
        if !valued.isEmpty {
            lines.append("        case \"$previous\" in")
            for option in valued {
                let offer = Self.offer(CompletionValues(of: option)) ?? ":"
                lines.append("        \(option.words.joined(separator: " | "))) \(offer); return ;;")
            }
            lines.append("        esac")
        }
        let names = options.map { "--" + $0.name }.joined(separator: " ")
        lines.append("        if [[ $current == -* ]]; then \(Self.words(names)); return; fi")
        let subcommands = command.subcommands.map(\.name).joined(separator: " ")
        if !subcommands.isEmpty { lines.append("        " + Self.words(subcommands)) }
        if let positional = command.positionals.lazy.compactMap({ Self.offer(CompletionValues(of: $0)) }).first {
            lines.append("        " + positional)
        }
        return (lines + ["        ;;"]).joined(separator: "\n")
    }

    private static func offer(_ values: CompletionValues) -> String? {
        switch values {
        case .words(let choices): words(choices.joined(separator: " "))
        case .files: "compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- \"$current\")"
        case .folders: "compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- \"$current\")"
        case .nothing: nil
        }
    }

    private static func words(_ words: String) -> String {
        "mapfile -t COMPREPLY < <(compgen -W \"\(words)\" -- \"$current\")"
    }
}
