import Archive
import Arguments
import Terminal

/// What the commands on one card have in common.
enum CardActions {
    static let card = Positional("HOST/CARD", "The card, as headcount cards --all lists it.")
}

/// `headcount card quarantine`
enum CardQuarantine: Action {
    static let path = ["card", "quarantine"]
    static let command = Command(
        "quarantine", "Keep a card out of work; its work goes to the others at once",
        positionals: [CardActions.card],
        options: [Option("reason", value: "TEXT", "Why, for whoever reads it (by hand)."), Context.databaseOption],
        examples: ["headcount card quarantine archive1/bm1684:2 --reason \"fan is loud\""])

    static func run(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        let card = invocation.required(0)
        let archive = try await context.openArchive(invocation, as: "card")
        try await archive.quarantine(card: card, reason: invocation.value(of: "reason") ?? "by hand")
        let status = try await archive.cardStatus(of: card)
        await archive.close()
        context.console.say("\(card) is kept out of work: \(status.reason ?? "")")
        return .success
    }
}

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
            let board = [before.board, before.boardNumber.map { "#\($0)" }].compactMap { $0 }.joined(separator: " ")
            let others = before.resetWith.isEmpty ? "no other card" : before.resetWith.joined(separator: ", ")
            context.console.say(
                "If it fails again, reset its board \(board): that takes down \(others) too, so let these finish first "
                    + "(headcount scale HOST/CARD 0).")
        }
        return .success
    }
}

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
