/// A card as the table `headcount.cards` has it: what its coordinator is to do with it.
public struct CardRecord: Sendable, Hashable {
    /// Key of the card.
    public let id: Int
    /// Device, such as `bm1684:0`.
    public let name: String
    /// `openvino`, `bm1684` or `simulated`.
    public let engine: String
    /// The runtime's number.
    public let number: Int
    /// Workers that are wanted on it.
    public let desiredWorkers: Int
    /// Why it is kept out of work; `nil` where it may work.
    public let quarantine: String?
    /// Why the runtime cannot open it; `nil` where it can.
    public let problem: String?
    /// Names of other cards of its host that a reset of its board would take down.
    public let resetWith: [String]

    /// A card of all its parts.
    public init(
        id: Int, name: String, engine: String, number: Int, desiredWorkers: Int, quarantine: String? = nil,
        problem: String? = nil, resetWith: [String] = []
    ) {
        self.id = id
        self.name = name
        self.engine = engine
        self.number = number
        self.desiredWorkers = desiredWorkers
        self.quarantine = quarantine
        self.problem = problem
        self.resetWith = resetWith
    }
}
