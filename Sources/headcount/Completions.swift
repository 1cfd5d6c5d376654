import Arguments
import Terminal

/// `headcount completions`
enum Completions: Action {
    static let command = Command(
        "completions", "Print a script that makes the shell complete headcount",
        discussion: """
            bash: put it where bash-completion looks, or source it from ~/.bashrc.
            zsh:  put it into a folder of fpath as _headcount, before compinit runs.
            fish: put it into ~/.config/fish/completions.
            """,
        positionals: [Positional(choices: CompletionShell.allCases.map(\.rawValue), "The shell.")],
        examples: [
            "headcount completions bash > ~/.local/share/bash-completion/completions/headcount",
            "headcount completions zsh > ~/.zfunc/_headcount",
            "headcount completions fish > ~/.config/fish/completions/headcount.fish",
        ])

    static func run(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        guard let shell = CompletionShell(rawValue: invocation.required(0)) else { return .usage }
        try context.console.output(shell.script(for: CommandTree.root))
        return .success
    }
}
