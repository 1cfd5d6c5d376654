/// The shells that completions are written for.
public enum CompletionShell: String, CaseIterable, Sendable {
    case bash, zsh, fish

    /// The script that makes the shell complete `headcount`, written out of the tree of commands: it holds every word
    /// there is, and runs nothing of the program while somebody types.
    public func script(for root: Command) -> String {
        switch self {
        case .bash: BashCompletion(root).text
        case .zsh: ZshCompletion(root).text
        case .fish: FishCompletion(root).text
        }
    }
}
