/// Two evaluations of the same pictures, picture by picture: far surer than their two figures side by side.
public struct PairedComparison: Sendable {
    /// One picture in both.
    public struct Pair: Sendable, Hashable {
        /// By the first.
        public let first: Observation
        /// By the second.
        public let second: Observation

        /// People by which the two counts differ.
        public var difference: Double { (first.count - second.count).magnitude }
    }

    /// What tells a picture in two evaluations: of the same name and with another truth it is another one.
    public struct Key: Sendable, Hashable {
        let image: String
        let truth: Double

        /// That of one picture.
        public init(_ observation: Observation) {
            image = observation.image
            truth = observation.truth
        }
    }

    /// Pictures that both have, those where the two counts differ most first.
    public let pairs: [Pair]
    /// Pictures that only one of the two has: they are left out.
    public let unpaired: Int
    /// Mean absolute error of the first less that of the second, over the pairs; below zero where the first is better.
    public let maeDifference: Double
    /// How sure that is: where it does not hold zero, the pictures tell the two apart.
    public let interval: Interval
    /// Pictures where the first, the second, or neither is nearer to the truth.
    public let nearer: (first: Int, second: Int, neither: Int)

    /// Compares two evaluations; `nil` where they share no picture.
    public init?(_ first: Evaluation, _ second: Evaluation, bootstrap: Bootstrap = Bootstrap()) {
        let others = Dictionary(second.observations.map { (Key($0), $0) }) { earlier, _ in earlier }
        let pairs = first.observations.compactMap { observation in
            others[Key(observation)].map { Pair(first: observation, second: $0) }
        }
        let advantages = pairs.map { $0.first.error.magnitude - $0.second.error.magnitude }
        let intervals = bootstrap.intervals(over: pairs.count) { sample in
            [sample.reduce(0) { $0 + advantages[$1] } / Double(sample.count)]
        }
        guard let interval = intervals.first ?? nil else { return nil }
        self.interval = interval
        // By name where equal, so that the order is the same every time.
        self.pairs = pairs.sorted { ($1.difference, $0.first.image) < ($0.difference, $1.first.image) }
        unpaired = first.observations.count + second.observations.count - 2 * pairs.count
        maeDifference = advantages.reduce(0, +) / Double(pairs.count)
        nearer = (advantages.count { $0 < 0 }, advantages.count { $0 > 0 }, advantages.count { $0 == 0 })
    }
}
