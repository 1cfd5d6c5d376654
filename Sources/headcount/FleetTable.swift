import Archive
import Arguments
import Terminal

/// `headcount cards --all`
enum FleetTable {
    static func show(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        let archive = try await context.openArchive(invocation, as: "cards")
        let cards = try await archive.cardStatus()
        await archive.close()
        if invocation.has("json") {
            try context.console.output(JSONText.line(CardList(cards: cards)))
        } else if cards.isEmpty {
            context.console.say("No cards yet: headcount coordinate finds those of its host.")
        } else {
            try context.console.output(table(of: cards).text)
        }
        return .success
    }

    private static func table(of cards: [CardStatus]) -> TextTable {
        var table = TextTable([
            ("CARD", .left), ("STATE", .left), ("WORKERS", .right), ("IMAGES/S", .right), ("BUSY", .right),
            ("LANES", .right), ("CHIP", .right), ("BOARD", .left), ("LABELS", .left), ("REASON", .left),
        ])
        for card in cards {
            let board = [card.board, card.boardNumber.map { "#\($0)" }].compactMap { $0 }.joined(separator: " ")
            table.append([
                // Simulated cards are named so; the vendor's simulator too.
                card.card, card.state, "\(card.workers) of \(card.desiredWorkers)",
                Numbers.fixed(card.imagesPerSecond, digits: 1), percent(card.busy), percent(card.laneFill),
                card.chipCelsius.map { "\($0) C" } ?? "", board,
                card.labels.joined(separator: ","), card.reason ?? "",
            ])
        }
        return table
    }

    private static func percent(_ part: Double?) -> String {
        part.map { "\(Int(($0 * 100).rounded())) %" } ?? ""
    }
}
