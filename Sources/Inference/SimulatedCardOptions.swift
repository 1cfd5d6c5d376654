/// How a simulated card behaves.
public struct SimulatedCardOptions: Sendable, Hashable {
    /// A fault and the launch that has it first.
    public struct ScheduledFault: Sendable, Hashable {
        /// What goes wrong.
        public let fault: SimulatedCardFault
        /// Launches that go well before it.
        public let launches: Int

        /// A fault after a number of launches.
        public init(_ fault: SimulatedCardFault, after launches: Int = 0) {
            self.fault = fault
            self.launches = launches
        }
    }

    /// A launch of four against one of a single tile: 0.27 s against a quarter of 0.51 s on the card of the contest.
    public static let fourToOne = 0.27 / (0.51 / 4)

    /// How long a launch of four takes.
    public var four: Duration
    /// How long a launch of one tile takes.
    public var single: Duration
    /// What goes wrong, and when.
    public var faults: [ScheduledFault]

    /// The card of the contest where no time is stated: 0.27 s for a launch of four.
    /// - Parameter single: from `four`, as on that card, where `nil`.
    public init(four: Duration = .milliseconds(270), single: Duration? = nil, faults: [ScheduledFault] = []) {
        self.four = four
        self.single = single ?? four / Self.fourToOne
        self.faults = faults
    }
}

extension SimulatedCardOptions.ScheduledFault {
    /// How faults are written, for help and for refusals.
    public static let spelling =
        "hang, failed-sync, slow:FACTOR, over-temperature or crash, each with @N after N launches"

    /// Reads one fault: `hang`, `failed-sync`, `slow:FACTOR`, `over-temperature` or `crash`, and `@N` behind it for
    /// one that comes after N launches. `nil` where the words are none of these.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        var launches = 0
        if parts.count == 2 {
            guard let count = Int(parts[1]), count >= 0 else { return nil }
            launches = count
        }
        guard let fault = SimulatedCardFault(parts[0]) else { return nil }
        self.init(fault, after: launches)
    }
}

extension SimulatedCardFault {
    fileprivate init?(_ text: some StringProtocol) {
        switch text {
        case "hang": self = .hang
        case "failed-sync": self = .failedSync
        case "over-temperature": self = .overTemperature
        case "crash": self = .crash
        default:
            guard text.hasPrefix("slow:"), let factor = Double(text.dropFirst("slow:".count)), factor > 0,
                factor <= 1e6
            else { return nil }
            self = .slow(factor: factor)
        }
    }
}
