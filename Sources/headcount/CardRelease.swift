import Archive
import Arguments
import Terminal

/// `headcount card release`
enum CardRelease: Action {
    static let path = ["card", "release"]
    static let command = Command(
        "release", "Let a card work again",
        discussion: """
            A card that hangs needs its board to be reset first, which takes down every chip of the board;
            this command says which these are. Nothing resets a board by itself.
            """,
        positionals: [CardActions.card], options: [Context.databaseOption],
        examples: ["headcount card release archive1/bm1684:2"])

    static func run(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        let card = invocation.required(0)
        let archive = try await context.openArchive(invocation, as: "card")
        let before = try await archive.cardStatus(of: card)
        try await archive.release(card: card)
        await archive.close()
        context.console.say("\(card) may work again.")
        if before.state == "quarantined", before.engine == "bm1684" {
            let named = [before.board, before.boardNumber.map { "#\($0)" }].compactMap { $0 }.joined(separator: " ")
            let board = named.isEmpty ? "its board" : "its board \(named)"
            let others = before.resetWith.isEmpty ? "no other card" : before.resetWith.joined(separator: ", ")
            context.console.say(
                "If it fails again, reset \(board): that takes down \(others) too, so let these finish first "
                    + "(headcount scale HOST/CARD 0).")
        }
        return .success
    }
}
