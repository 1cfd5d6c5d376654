public import Inference

/// Opens the networks of one device.
public struct EngineFactory: Sendable {
    /// What the engines will be, known before any network is loaded.
    public let identity: EngineIdentity
    /// Networks that may be open on the device at once.
    public let networksAtOnce: Int
    /// Loads a network on the device.
    public let load: @Sendable (NetworkDescription) async throws -> any InferenceEngine

    /// A factory of three parts.
    public init(
        identity: EngineIdentity, networksAtOnce: Int = 4,
        load: @escaping @Sendable (NetworkDescription) async throws -> any InferenceEngine
    ) {
        self.identity = identity
        self.networksAtOnce = networksAtOnce
        self.load = load
    }
}
