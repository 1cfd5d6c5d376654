/// One argument of a command that is known by its place.
public struct Positional: Sendable, Hashable {
    /// How often it may stand.
    public enum Occurrence: Sendable, Hashable {
        /// Exactly once.
        case required
        /// Once or not at all.
        case optional
        /// Any number of times or not at all; the last argument alone.
        case repeated
    }

    /// What stands for it in help, such as `SET`.
    public let name: String
    /// One sentence for help.
    public let help: String
    /// How often it may stand. Optional ones come last.
    public let occurrence: Occurrence
    /// The only values there are; empty where any text may be one.
    public let choices: [String]

    /// An argument that may be any text.
    public init(_ name: String, _ help: String, occurrence: Occurrence = .required) {
        self.name = name
        self.help = help
        self.occurrence = occurrence
        choices = []
    }

    /// An argument that is one of a few words; help shows these.
    public init(choices: [String], _ help: String) {
        name = choices.joined(separator: "|")
        self.help = help
        occurrence = .required
        self.choices = choices
    }
}
