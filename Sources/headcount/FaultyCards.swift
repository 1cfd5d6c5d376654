import Arguments
import Inference

/// What goes wrong with which simulated card of a coordinator.
struct FaultyCards: Sendable {
    static let option = Option(
        EngineOptions.simulatedFault.name, value: "[CARD=]FAULT[@N][,...]",
        "What goes wrong with simulated cards, or with the one of that number: hang, failed-sync, slow:FACTOR, "
            + "over-temperature, crash, after N launches (none).")

    private struct Entry {
        /// `nil` for all cards.
        let card: Int?
        let fault: String
    }

    private let entries: [Entry]

    init(_ invocation: Invocation) throws {
        let parts = (invocation.value(of: Self.option.name) ?? "").split(separator: ",")
        entries = try parts.map { part in
            let halves = part.split(separator: "=", maxSplits: 1)
            let card = halves.count == 2 ? Int(halves[0]) : nil
            let fault = String(halves.last ?? "")
            guard halves.count == 1 || card != nil, SimulatedCardOptions.ScheduledFault(fault) != nil else {
                throw invocation.refusal(
                    of: Self.option.name,
                    needed: "\(SimulatedCardOptions.ScheduledFault.spelling), and CARD= before it for one card")
            }
            return Entry(card: card, fault: fault)
        }
    }

    /// The faults of a card, as options of `headcount work`.
    func options(forCard number: Int) -> [String] {
        let own = entries.filter { $0.card == nil || $0.card == number }.map(\.fault)
        return own.isEmpty ? [] : ["--\(EngineOptions.simulatedFault.name)", own.joined(separator: ",")]
    }
}
