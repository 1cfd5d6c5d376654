/// Confidence intervals without assumptions: figures of many samples drawn from the observations, with replacement.
public struct Bootstrap: Sendable, Hashable {
    /// Samples that are drawn.
    public let samples: Int
    /// Share of the samples that lies within an interval.
    public let confidence: Double
    /// The same seed draws the same samples on every machine.
    public let seed: UInt64

    /// - Precondition: `samples` is at least 1 and `confidence` lies between 0 and 1.
    public init(samples: Int = 1000, confidence: Double = 0.95, seed: UInt64 = 1) {
        precondition(samples >= 1 && confidence > 0 && confidence < 1)
        self.samples = samples
        self.confidence = confidence
        self.seed = seed
    }

    /// The intervals of several figures at once, by the percentile method.
    /// - Parameters:
    ///   - count: how many things are drawn from.
    ///   - figures: the figures of one sample, which is told as places in `0 ..< count`; always as many. One that a
    ///     sample has not, or that is no finite number, is left out of its interval.
    /// - Returns: one interval per figure; `nil` where no sample has it.
    public func intervals(
        over count: Int, _ figures: (_ sample: [Int]) -> [Double?]
    ) -> [Interval?] {
        guard count > 0 else { return [] }
        var generator = SeededGenerator(seed: seed)
        var sample = [Int](repeating: 0, count: count)
        var values: [[Double]] = []
        for _ in 0..<samples {
            for place in sample.indices { sample[place] = generator.place(among: count) }
            let drawn = figures(sample)
            if values.isEmpty { values = Array(repeating: [], count: drawn.count) }
            for (figure, value) in drawn.enumerated() {
                if let value, value.isFinite { values[figure].append(value) }
            }
        }
        return values.map(interval)
    }

    private func interval(of values: [Double]) -> Interval? {
        guard !values.isEmpty else { return nil }
        let sorted = values.sorted()
        let tail = (1 - confidence) / 2
        // Each is rounded by itself.
        let (low, high) = (Self.quantile(tail, of: sorted), Self.quantile(1 - tail, of: sorted))
        return Interval(low: low, high: max(low, high))
    }

    /// Linear between the two nearest ranks.
    private static func quantile(_ share: Double, of sorted: [Double]) -> Double {
        let rank = share * Double(sorted.count - 1)
        let below = Int(rank)
        let above = min(below + 1, sorted.count - 1)
        let part = rank - Double(below)
        // Not by their difference, which may be more than any number.
        return (1 - part) * sorted[below] + part * sorted[above]
    }
}
