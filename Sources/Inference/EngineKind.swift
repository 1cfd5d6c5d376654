/// The engines there are, by the names that commands, manifests and SQL use.
public enum EngineKind: String, Sendable, Hashable, CaseIterable {
    /// The CPU, through OpenVINO's C interface.
    case openvino
    /// A Sophgo BM1684 chip, through the vendor's runtime.
    case bm1684
    /// A card that only keeps time, for scheduling tests. Never chosen by itself.
    case simulated
}
