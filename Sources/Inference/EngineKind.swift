/// The engines there are, by the names that commands, manifests and SQL use.
public enum EngineKind: String, Sendable, Hashable, CaseIterable {
    /// The CPU, through OpenVINO's C interface.
    case openvino
    /// A Sophgo BM1684 chip, through the vendor's runtime.
    case bm1684
    /// The network as the vendor's compiler quantised it for the chip, on the CPU in the chip's arithmetic: its counts,
    /// one tile at a time.
    case int8Reference = "int8-reference"
    /// A card that only keeps time, for scheduling tests. Never chosen by itself.
    case simulated
}
