/// What was evaluated.
public struct Subject: Sendable, Hashable, Codable {
    /// Name of the model.
    public let model: String
    /// SHA-256 of the model's manifest, in hexadecimal digits.
    public let digest: String
    /// Tile plan.
    public let plan: String
    /// Engine that computed the densities.
    public let engine: String
    /// True where no real device computed: its seconds are no measurement of one.
    public let simulated: Bool

    /// A subject of five parts.
    public init(model: String, digest: String, plan: String, engine: String, simulated: Bool) {
        self.model = model
        self.digest = digest
        self.plan = plan
        self.engine = engine
        self.simulated = simulated
    }

    /// In a few words, for tables and plots.
    public var title: String { "\(model) \(plan) \(engine)\(simulated ? " (simulated)" : "")" }
}
