import Terminal

/// What counts are multiplied by to be, on the whole, those that are wanted: of a quantised network those of the network it
/// was made of, of this one the true ones.
enum OutputFactor {
    /// One picture: people in it as they should be counted, and as they were.
    typealias Sample = (wanted: Double, counted: Double)

    /// Fewest pictures that a factor is taken from.
    private static let fewest = 4
    /// What lies beyond is no correction: the network counts something else.
    private static let plausible = 0.01...100

    /// The factor with the least mean absolute difference; `nil` where it would not help.
    ///
    /// It helps where pictures are nearer, on the whole, with the factor of all the others than without one.
    /// - Parameter share: by what share of the difference at least.
    static func helpful(for samples: [Sample], by share: Double = 0) -> Double? {
        guard samples.count >= fewest, let factor = best(for: samples), plausible.contains(factor) else { return nil }
        let without = samples.reduce(0) { $0 + ($1.counted - $1.wanted).magnitude }
        let with = samples.indices.reduce(0.0) { sum, left in
            var others = samples
            let sample = others.remove(at: left)
            return sum + (sample.counted * (best(for: others) ?? 1) - sample.wanted).magnitude
        }
        return with < without * (1 - share) ? factor : nil
    }

    /// Three digits behind the point.
    static func words(_ factor: Double) -> String { Numbers.fixed(factor, digits: 3) }

    /// The median of the ratios of the counts, each weighing as much as its count: the factor with the least sum of
    /// absolute differences.
    private static func best(for samples: [Sample]) -> Double? {
        let ratios = samples.filter { $0.counted > 0 }.map { (ratio: $0.wanted / $0.counted, weight: $0.counted) }
            .sorted { $0.ratio < $1.ratio }
        let half = ratios.reduce(0) { $0 + $1.weight } / 2
        var passed = 0.0
        for entry in ratios {
            passed += entry.weight
            if passed >= half { return entry.ratio > 0 ? entry.ratio : nil }
        }
        return nil
    }
}
