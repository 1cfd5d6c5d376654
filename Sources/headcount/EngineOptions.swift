import Arguments
import Counting
import Glibc
import Inference

/// The options that say what computes: the same wherever an engine is opened.
enum EngineOptions {
    static let engine = Option(
        "engine", choices: EngineKind.allCases.map(\.rawValue),
        "What computes: the CPU, a BM1684 card, or a card that only keeps time, for trying out schedules (openvino).")
    static let sophon = Option(
        "sophon-lib", value: "DIR",
        "The folder of libbmlib and libbmrt (HEADCOUNT_SOPHON_LIB, else \(SophonLibrary.defaultFolder)).")
    static let openvino = Option(
        "openvino-lib", value: "PATH",
        "OpenVINO's C library, or the folder that holds it (HEADCOUNT_OPENVINO_LIB, else .runtime/openvino).")

    static let all = [
        engine,
        Option("card", value: "N", "Number of the card that bm1684 works on (0)."),
        Option("threads", value: "N", "Threads that openvino computes with (as many as there are cores)."),
        sophon, openvino,
    ]

    /// Opens the runtime that the options name; networks are loaded on it later.
    static func factory(_ invocation: Invocation) throws -> EngineFactory {
        let kind = invocation.value(of: engine.name).flatMap(EngineKind.init(rawValue:)) ?? .openvino
        let card = try invocation.integer(of: "card", in: 0...1023)
        let threads = try invocation.integer(of: "threads", in: 1...1024)
        if card != nil && kind == .openvino {
            throw UsageError.conflict("--card goes with --engine bm1684 or simulated", path: invocation.path)
        }
        switch kind {
        case .openvino:
            let library = try OpenVINOLibrary(named: invocation.value(of: openvino.name))
            return EngineFactory(
                identity: EngineIdentity(kind: kind, device: "cpu", version: library.version, simulated: false)
            ) { try OpenVINOEngine(network: $0, library: library, threads: threads ?? cores) }
        case .bm1684:
            let library = try SophonLibrary(folder: invocation.value(of: sophon.name))
            let identity = try SophonInventory(library).identity(ofCard: card ?? 0)
            // All networks of a process share the card's work memory, which the runtime does not guard.
            return EngineFactory(identity: identity, networksAtOnce: 1) {
                try await BM1684Engine($0, library: library, card: card ?? 0)
            }
        case .simulated:
            return EngineFactory(identity: SimulatedCard.identity(ofCard: card ?? 0)) {
                SimulatedCard($0, index: card ?? 0)
            }
        }
    }

    /// An engine as people are told of it; one that is simulated is always called so.
    static func words(for identity: EngineIdentity) -> String {
        "\(identity.device) with \(identity.kind.rawValue) \(identity.version)"
            + (identity.simulated ? " (simulated)" : "")
    }

    private static var cores: Int { sysconf(Int32(_SC_NPROCESSORS_ONLN)) }
}
