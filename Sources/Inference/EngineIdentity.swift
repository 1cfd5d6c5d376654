/// What an engine is, as every result and every output names it.
public struct EngineIdentity: Sendable, Hashable {
    /// The kind of engine.
    public let kind: EngineKind
    /// The device it runs on, such as `cpu` or `bm1684:0`.
    public let device: String
    /// The version of the runtime library behind it, as the library tells it.
    public let version: String
    /// True where no real device computes the counts or keeps the time: a simulated card, or the vendor's simulator.
    public let simulated: Bool

    /// An identity of four parts.
    public init(kind: EngineKind, device: String, version: String, simulated: Bool) {
        self.kind = kind
        self.device = device
        self.version = version
        self.simulated = simulated
    }
}
