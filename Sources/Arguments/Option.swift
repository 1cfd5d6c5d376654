/// One option of a command.
public struct Option: Sendable, Hashable {
    /// The name without its dashes, such as `workers`.
    public let name: String
    /// The one letter that does for the name, as in `-o`; `nil` for most.
    public let letter: Character?
    /// What stands for the value in help, such as `N`; `nil` for a flag.
    public let value: String?
    /// One sentence for help.
    public let help: String
    /// The only values there are, in the order help names them; empty where any text may be a value.
    public let choices: [String]

    /// An option that takes a value, `--name VALUE` or `--name=VALUE`; with a letter also `-n VALUE`.
    public init(_ name: String, letter: Character? = nil, value: String, _ help: String) {
        self.name = name
        self.letter = letter
        self.value = value
        self.help = help
        choices = []
    }

    /// An option that takes one of a few words.
    public init(_ name: String, choices: [String], _ help: String) {
        self.name = name
        letter = nil
        value = choices.joined(separator: "|")
        self.help = help
        self.choices = choices
    }

    /// A flag, `--name`.
    public init(flag name: String, _ help: String) {
        self.name = name
        letter = nil
        value = nil
        self.help = help
        choices = []
    }

    /// The words that name it on a command line, the long one last.
    var words: [String] { (letter.map { ["-\($0)"] } ?? []) + ["--" + name] }

    /// What every command understands beside its own options; `-h` is the same.
    static let help = Option(flag: "help", "Print this page.")
}
