import Archive
import Arguments
import Terminal

/// `headcount scale`
enum Scale: Action {
    static let command = Command(
        "scale", "Set how many worker processes a card has",
        discussion: "The same as UPDATE headcount.cards SET desired_workers = N in SQL.",
        positionals: [
            Positional("HOST/CARD", "The card, as headcount cards --all lists it."),
            Positional("N", "Workers, 0 to 64; 0 leaves the card idle."),
        ],
        options: [Context.databaseOption], examples: ["headcount scale archive1/bm1684:0 2"])

    static func run(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        let (card, text) = (invocation.required(0), invocation.required(1))
        guard let workers = Int(text), (0...64).contains(workers) else {
            throw UsageError.conflict("“\(text)” workers: it takes a whole number from 0 to 64", path: path)
        }
        let archive = try await context.openArchive(invocation, as: "scale")
        try await archive.scale(card: card, workers: workers)
        let status = try await archive.cardStatus(of: card)
        await archive.close()
        context.console.say("\(card) is to have \(workers) \(workers == 1 ? "worker" : "workers").")
        if ["stopped", "lost", "quarantined"].contains(status.state) {
            context.console.warn("but for now it is \(status.state)" + (status.reason.map { ": \($0)" } ?? ""))
        }
        return .success
    }
}
