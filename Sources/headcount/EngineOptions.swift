import Arguments
import Counting
import Glibc
import Inference

/// The options that say what computes: the same wherever an engine is opened.
enum EngineOptions {
    static let engine = Option(
        "engine", choices: EngineKind.allCases.map(\.rawValue),
        "What computes: the CPU, a BM1684 card, the card's INT8 arithmetic on the CPU (for measuring), or a card that only "
            + "keeps time, for trying out schedules (openvino).")
    static let sophon = Option(
        "sophon-lib", value: "DIR",
        "The folder of libbmlib and libbmrt (HEADCOUNT_SOPHON_LIB, else \(SophonLibrary.defaultFolder)).")
    static let openvino = Option(
        "openvino-lib", value: "PATH",
        "OpenVINO's C library, or the folder that holds it (HEADCOUNT_OPENVINO_LIB, else .runtime/openvino).")

    static let simulatedBatch = Option(
        "simulated-batch-ms", value: "MS", "Milliseconds that a simulated card takes for four tiles (270).")
    static let simulatedTile = Option(
        "simulated-tile-ms", value: "MS",
        "Milliseconds that it takes for one tile (17/36 of those for four, as the card of the contest).")
    static let simulatedFault = Option(
        "simulated-fault", value: "FAULT[@N][,...]",
        "What goes wrong with it, after N launches: hang, failed-sync, slow:FACTOR, over-temperature, crash (none).")

    static let cardTimeout = Option(
        "card-timeout", value: "SECONDS",
        "How long one batch may take on bm1684 before the card counts as failed, 1 to 3600 (the library's own 20).")

    static let toolchain = Option(
        "toolchain", value: "DIR",
        "The compiler and the Python that int8-reference runs in (HEADCOUNT_TOOLCHAIN, else .runtime/toolchain).")

    static let all = common + simulated
    private static let common = [
        engine,
        Option("card", value: "N", "Number of the card that bm1684 or simulated works on (0)."),
        cardTimeout,
        Option("threads", value: "N", "Threads that openvino computes with (as many as there are cores)."),
        sophon, openvino, toolchain,
    ]
    private static let simulated = [simulatedBatch, simulatedTile, simulatedFault]

    /// What the options say, before anything is opened.
    struct Choice {
        let kind: EngineKind
        let card: Int?
        let simulation: SimulatedCardOptions
        let bm1684: BM1684Options
        let threads: Int?
    }

    /// Understands the options, and opens nothing.
    static func choice(_ invocation: Invocation) throws -> Choice {
        let kind = invocation.value(of: engine.name).flatMap(EngineKind.init(rawValue:)) ?? .openvino
        let card = try invocation.integer(of: "card", in: 0...1023)
        if card != nil && kind != .bm1684 && kind != .simulated {
            throw UsageError.conflict("--card goes with --engine bm1684 or simulated", path: invocation.path)
        }
        if kind != .simulated, let stray = simulated.first(where: { invocation.value(of: $0.name) != nil }) {
            throw UsageError.conflict("--\(stray.name) goes with --engine simulated", path: invocation.path)
        }
        var bm1684 = BM1684Options()
        bm1684.batchTimeout = try invocation.seconds(of: cardTimeout.name, in: 1...3600)
        return Choice(
            kind: kind, card: card, simulation: try simulation(invocation), bm1684: bm1684,
            threads: try threads(invocation))
    }

    /// Opens the runtime that the options name; networks are loaded on it later.
    static func factory(_ invocation: Invocation) throws -> EngineFactory {
        let choice = try choice(invocation)
        let (card, simulation) = (choice.card, choice.simulation)
        switch choice.kind {
        case .openvino:
            return try openVINO(invocation)
        case .bm1684:
            let library = try SophonLibrary(folder: invocation.value(of: sophon.name))
            LibraryExit.watch()
            let identity = try SophonInventory(library).identity(ofCard: card ?? 0)
            // All networks of a process share the card's work memory, which the runtime does not guard.
            return EngineFactory(identity: identity, networksAtOnce: 1) {
                try await BM1684Engine($0, library: library, card: card ?? 0, options: choice.bm1684)
            }
        case .int8Reference:
            let toolchain = try Toolchain(named: invocation.value(of: toolchain.name))
            return EngineFactory(identity: Int8ReferenceEngine.identity(toolchain), networksAtOnce: 1) {
                try await Int8ReferenceEngine($0, toolchain: toolchain)
            }
        case .simulated:
            return EngineFactory(identity: SimulatedCard.identity(ofCard: card ?? 0)) {
                SimulatedCard($0, index: card ?? 0, options: simulation)
            }
        }
    }

    /// The CPU, whatever else the options name.
    static func openVINO(_ invocation: Invocation) throws -> EngineFactory {
        let threads = try threads(invocation)
        let library = try OpenVINOLibrary(named: invocation.value(of: openvino.name))
        return EngineFactory(
            identity: EngineIdentity(kind: .openvino, device: "cpu", version: library.version, simulated: false)
        ) { try OpenVINOEngine(network: $0, library: library, threads: threads ?? cores) }
    }

    private static func threads(_ invocation: Invocation) throws -> Int? {
        try invocation.integer(of: "threads", in: 1...1024)
    }

    /// How a simulated card is to behave.
    private static func simulation(_ invocation: Invocation) throws -> SimulatedCardOptions {
        let times = 1...3_600_000
        var options = SimulatedCardOptions()
        if let four = try invocation.milliseconds(of: simulatedBatch.name, in: times) {
            options = SimulatedCardOptions(four: four)
        }
        if let single = try invocation.milliseconds(of: simulatedTile.name, in: times) { options.single = single }
        let faults = invocation.value(of: simulatedFault.name)?.split(separator: ",", omittingEmptySubsequences: false)
        options.faults = try (faults ?? []).map { text in
            guard let fault = SimulatedCardOptions.ScheduledFault(text) else {
                throw invocation.refusal(
                    of: simulatedFault.name, needed: SimulatedCardOptions.ScheduledFault.spelling)
            }
            return fault
        }
        return options
    }

    /// How long a simulated card takes for four tiles; `nil` for what is no simulated card.
    static func stated(_ invocation: Invocation) throws -> Duration? {
        invocation.value(of: engine.name) == EngineKind.simulated.rawValue ? try simulation(invocation).four : nil
    }

    /// An engine as people are told of it; one that is simulated is always called so.
    static func words(for identity: EngineIdentity) -> String {
        "\(identity.device) with \(identity.kind.rawValue) \(identity.version)"
            + (identity.simulated ? " (simulated)" : "")
    }

    private static var cores: Int { sysconf(Int32(_SC_NPROCESSORS_ONLN)) }
}
