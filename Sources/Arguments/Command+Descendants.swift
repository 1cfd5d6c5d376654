extension Command {
    /// This command and all below it, each before those it holds, with the words that lead to it from here.
    public var everyCommand: [(path: [String], command: Command)] {
        [([], self)] + subcommands.flatMap { $0.descendants(under: []) }
    }

    private func descendants(under path: [String]) -> [(path: [String], command: Command)] {
        let own = path + [name]
        return [(own, self)] + subcommands.flatMap { $0.descendants(under: own) }
    }
}
