import Archive
import Arguments
import Terminal

/// `headcount card label`
enum CardLabel: Action {
    static let path = ["card", "label"]
    static let command = Command(
        "label", "Give a card the words by which runs choose it",
        discussion: "A run that was enqueued with --cards label=WORD is counted by cards with that word alone.",
        positionals: [
            CardActions.card,
            Positional("WORD[,WORD...]", "All its labels; none where it is left out.", occurrence: .optional),
        ],
        options: [Context.databaseOption], examples: ["headcount card label archive1/bm1684:2 museum"])

    static func run(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        let card = invocation.required(0)
        let labels = (invocation.argument(1) ?? "").split(separator: ",").map(String.init)
        let archive = try await context.openArchive(invocation, as: "card")
        try await archive.label(card: card, with: labels)
        await archive.close()
        context.console.say(
            labels.isEmpty ? "\(card) has no labels." : "\(card) is labelled \(labels.joined(separator: ", ")).")
        return .success
    }
}
