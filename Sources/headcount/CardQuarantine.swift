import Archive
import Arguments
import Terminal

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
