import Archive
import Supervision

/// Finds the cards of a host.
public struct CardInventory: Sendable {
    /// What was found at one look.
    struct Findings: Sendable {
        /// The cards.
        var cards: [FoundCard] = []
        /// What the drivers told of those that they tell anything of, by the cards' names.
        var health: [String: WorkerReport] = [:]
    }

    /// Simulated cards, by configuration.
    public var simulated = 0
    /// Workers on the CPU at first; `nil` where the CPU is not to count.
    public var cpuWorkers: Int?
    /// Between how many workers the leader may choose for each card.
    public var autoscale: ClosedRange<Int>?
    /// Asks the runtime, in a process of its own: nothing that it does can harm the coordinator.
    public var probe: CardProbe?

    /// No cards.
    public init() {}

    /// Looks once.
    func look() async -> Findings {
        var findings = await probe?.look() ?? Findings()
        for number in 0..<simulated {
            findings.cards.append(
                FoundCard(name: "simulated:\(number)", engine: "simulated", number: number, simulated: true))
        }
        if let cpuWorkers {
            findings.cards.append(
                FoundCard(name: "cpu", engine: "openvino", number: 0, simulated: false, workers: cpuWorkers))
        }
        if let autoscale {
            for place in findings.cards.indices {
                findings.cards[place].autoscale = "[\(autoscale.lowerBound),\(autoscale.upperBound)]"
            }
        }
        return findings
    }
}
