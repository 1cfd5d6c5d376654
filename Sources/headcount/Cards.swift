import Arguments
import Inference
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

    private struct Row: Encodable {
        let device: String
        let simulated: Bool
        let problem: String?
        let serial: String?
        let board: String?
        let boardNumber: Int?
        let driver: String?
        let memoryTotalBytes: Int?
        let memoryUsedBytes: Int?
        let utilisationPercent: Int?
        let chipCelsius: Int?
        let boardCelsius: Int?
        let chipWatts: Double?
        let boardWatts: Double?
        let clockMegahertz: Int?
        let correctedErrors: Int?
        let troubles: [String]?
        let troubleBits: Int32?

        private enum CodingKeys: String, CodingKey {
            case device, simulated, problem, serial, board, driver, troubles
            case boardNumber = "board_number"
            case memoryTotalBytes = "memory_total_bytes"
            case memoryUsedBytes = "memory_used_bytes"
            case utilisationPercent = "utilisation_percent"
            case chipCelsius = "chip_celsius"
            case boardCelsius = "board_celsius"
            case chipWatts = "chip_watts"
            case boardWatts = "board_watts"
            case clockMegahertz = "clock_megahertz"
            case correctedErrors = "corrected_errors"
            case troubleBits = "trouble_bits"
        }

        init(_ card: Card) {
            device = card.device
            simulated = card.simulated
            problem = card.problem
            serial = card.serial
            board = card.board
            boardNumber = card.boardNumber
            driver = card.driver
            memoryTotalBytes = card.health.memoryTotal
            memoryUsedBytes = card.health.memoryUsed
            utilisationPercent = card.health.utilisation
            chipCelsius = card.health.chipTemperature
            boardCelsius = card.health.boardTemperature
            chipWatts = card.health.chipPower
            boardWatts = card.health.boardPower
            clockMegahertz = card.health.clock
            correctedErrors = card.health.correctedErrors
            troubles = card.health.troubles.map(Cards.words)
            troubleBits = card.health.troubles?.rawValue
        }
    }

    static func run(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        if invocation.has("all") { return try await FleetTable.show(invocation, context) }
        let library = try SophonLibrary(folder: invocation.value(of: EngineOptions.sophon.name))
        LibraryExit.watch()
        let cards = try SophonInventory(library).cards()
        if invocation.has("json") {
            try context.console.output(JSONText.line(CardList(cards: cards.map(Row.init))))
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
            let troubles = health.troubles.map(words)
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

    private static func words(for troubles: CardHealth.Troubles) -> [String] {
        [
            troubles.contains(.hang) ? "hangs" : nil,
            troubles.contains(.link) ? "link down" : nil,
            troubles.contains(.overTemperature) ? "too hot" : nil,
        ].compactMap { $0 }
    }
}
