import Arguments
import Inference
import Supervision
import Terminal

/// `headcount cards`
enum Cards: Action {
    static let command = Command(
        "cards", "List the BM1684 cards of this host, or all cards that coordinators look after",
        discussion: "What a platform does not tell is left out. headcount doctor says why no card is seen.",
        options: [
            Option(flag: "all", "List every host's cards with their workers, as headcount.card_status has them."),
            EngineOptions.sophon, Option(flag: "json", "Print one JSON object, with a list of cards."),
            Context.databaseOption,
        ],
        examples: ["headcount cards", "headcount cards --all"])

    static func run(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        if invocation.has("all") { return try await FleetTable.show(invocation, context) }
        // A card that hangs must not keep a process whose answer nobody waits for any more.
        SupervisorLink.endWithSupervisor()
        let library = try SophonLibrary(folder: invocation.value(of: EngineOptions.sophon.name))
        LibraryExit.watch()
        let cards = try SophonInventory(library).cards()
        if invocation.has("json") {
            try context.console.output(JSONText.line(CardList(cards: cards)))
        } else if cards.isEmpty {
            context.console.say("No cards: headcount doctor says what was looked at.")
        } else {
            try context.console.output(table(of: cards).text)
        }
        return .success
    }

    private static func table(of cards: [Card]) -> TextTable {
        var table = TextTable([
            ("CARD", .left), ("BOARD", .left), ("SERIAL", .left), ("DRIVER", .left), ("MEMORY", .right),
            ("LOAD", .right), ("CHIP", .right), ("POWER", .right), ("CLOCK", .right), ("STATE", .left),
        ])
        for card in cards {
            let health = card.health
            let board = [card.board, card.boardNumber.map { "#\($0)" }].compactMap { $0 }.joined(separator: " ")
            let memory = health.memoryTotal.map { total in
                "\((health.memoryUsed ?? 0) >> 20) of \(total >> 20) MiB"
            }
            let troubles = health.troubles?.words
            let state = card.problem ?? (troubles.map { $0.isEmpty ? "well" : $0.joined(separator: ", ") } ?? "")
            table.append([
                card.device + (card.simulated ? " (simulated)" : ""), board, card.serial ?? "", card.driver ?? "",
                memory ?? "", health.utilisation.map { "\($0) %" } ?? "",
                health.chipTemperature.map { "\($0) C" } ?? "",
                health.chipPower.map { Numbers.fixed($0, digits: 1) + " W" } ?? "",
                health.clock.map { "\($0) MHz" } ?? "", state,
            ])
        }
        return table
    }
}
