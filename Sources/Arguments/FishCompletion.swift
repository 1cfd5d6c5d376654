/// Completions for fish, 3.4 or newer.
///
/// Every line of `complete` holds for one command; a function finds the one that is being typed.
struct FishCompletion {
    private let nodes: [(path: [String], command: Command)]

    init(_ root: Command) {
        nodes = root.everyCommand
    }

    var text: String {
        """
        # fish completion for headcount, written by `headcount completions fish`.

        function __headcount_at --description 'True where the command being typed is the one of these words'
            set --local words (commandline --tokenize --cut-at-cursor --current-process)
            set --erase words[1]
            set --local path ''
            for word in $words
                switch "$path $word"
                    case \(commandPattern)
                        set path "$path $word"
                    case '*'
                        break
                end
            end
            test "$path" = "$argv[1]"
        end

        complete --command headcount --no-files
        \(nodes.flatMap(lines).joined(separator: "\n"))

        """
    }

    private var commandPattern: String {
        nodes.dropFirst().map { Self.quoted(" " + $0.path.joined(separator: " ")) }.joined(separator: " ")
    }

    private func lines(_ path: [String], _ command: Command) -> [String] {
        let place = Self.quoted("__headcount_at \(Self.quoted(path.map { " " + $0 }.joined()))")
        let start = "complete --command headcount --condition \(place)"
        var lines = command.subcommands.map { subcommand in
            "\(start) --arguments \(subcommand.name) --description \(Self.quoted(subcommand.abstract))"
        }
        for option in command.options + [.help] {
            let letter = option.letter.map { " --short-option \($0)" } ?? ""
            var line = "\(start) --long-option \(option.name)\(letter) --description \(Self.quoted(option.help))"
            if option.value != nil { line += Self.parameter(CompletionValues(of: option)) }
            lines.append(line)
        }
        for positional in command.positionals {
            let offer = Self.offer(CompletionValues(of: positional))
            if !offer.isEmpty { lines.append(start + offer) }
        }
        return lines
    }

    private static func offer(_ values: CompletionValues) -> String {
        switch values {
        case .words(let choices): " --arguments \(quoted(choices.joined(separator: " ")))"
        case .files: " --force-files"
        case .folders: " --arguments '(__fish_complete_directories)'"
        case .nothing: ""
        }
    }

    /// An option's value; without `--exclusive` fish would offer files beside it.
    private static func parameter(_ values: CompletionValues) -> String {
        values == .files ? " --require-parameter --force-files" : " --exclusive" + offer(values)
    }

    private static func quoted(_ text: String) -> String {
        let escaped = text.reduce(into: "") { escaped, character in
            if character == "'" || character == "\\" { escaped.append("\\") }
            escaped.append(character)
        }
        return "'\(escaped)'"
    }
}
