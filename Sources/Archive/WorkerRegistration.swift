/// What a worker says of itself when it starts: every count it writes points to it.
public struct WorkerRegistration: Sendable, Hashable {
    /// Name of the host.
    public let host: String
    /// Process id.
    public let process: Int
    /// `openvino`, `bm1684` or `simulated`.
    public let engine: String
    /// Version of the engine's runtime library.
    public let engineVersion: String
    /// Device: `cpu`, or a card such as `bm1684:0`.
    public let card: String
    /// True where no real device computes.
    public let simulated: Bool
    /// Version of Headcount.
    public let version: String

    /// A registration of all its parts.
    public init(
        host: String, process: Int, engine: String, engineVersion: String, card: String, simulated: Bool,
        version: String
    ) {
        self.host = host
        self.process = process
        self.engine = engine
        self.engineVersion = engineVersion
        self.card = card
        self.simulated = simulated
        self.version = version
    }
}
