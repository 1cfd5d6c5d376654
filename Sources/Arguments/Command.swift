/// What a command is called, what it takes and how it is explained: parsing and help both follow from it.
public struct Command: Sendable, Hashable {
    /// The word that calls it.
    public let name: String
    /// One sentence, without a full stop.
    public let abstract: String
    /// What a person should know beyond the abstract; may be empty. Lines as they are to be printed.
    public let discussion: String
    /// Arguments in their order.
    public let positionals: [Positional]
    /// Options, in the order of help.
    public let options: [Option]
    /// At least one command line to paste, for a command without subcommands.
    public let examples: [String]
    /// Commands under this one. A command that has some takes no arguments of its own.
    public let subcommands: [Command]

    /// A command that does something.
    /// - Precondition: optional arguments stand behind the required ones.
    public init(
        _ name: String, _ abstract: String, discussion: String = "", positionals: [Positional] = [],
        options: [Option] = [], examples: [String]
    ) {
        let behind = positionals.drop { $0.occurrence == .required }
        precondition(behind.allSatisfy { $0.occurrence != .required }, "an optional argument before a required one")
        precondition(
            positionals.dropLast().allSatisfy { $0.occurrence != .repeated }, "an argument behind a repeated one")
        self.name = name
        self.abstract = abstract
        self.discussion = discussion
        self.positionals = positionals
        self.options = options
        self.examples = examples
        subcommands = []
    }

    /// A command that only holds others; `options` are understood by the word itself, such as `--version`.
    public init(
        _ name: String, _ abstract: String, discussion: String = "", options: [Option] = [], subcommands: [Command]
    ) {
        self.name = name
        self.abstract = abstract
        self.discussion = discussion
        positionals = []
        self.options = options
        examples = []
        self.subcommands = subcommands
    }
}
