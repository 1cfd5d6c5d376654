import Terminal

/// What a quantised network's counts are multiplied by to be, on the whole, those of the network it was made of.
enum OutputFactor {
    /// Fewest pictures that a factor is taken from.
    private static let fewest = 4
    /// What lies beyond is no correction: the network counts something else.
    private static let plausible = 0.01...100

    /// The factor with the least mean absolute difference; `nil` where it would not help.
    ///
    /// It helps where each picture is nearer with the factor of all the others than without one.
    static func helpful(for samples: [CalibrationErrors.Sample]) -> Double? {
        guard samples.count >= fewest, let factor = best(for: samples), plausible.contains(factor) else { return nil }
        let without = samples.reduce(0) { $0 + ($1.int8 - $1.float).magnitude }
        let with = samples.indices.reduce(0.0) { sum, left in
            var others = samples
            let sample = others.remove(at: left)
            return sum + (sample.int8 * (best(for: others) ?? 1) - sample.float).magnitude
        }
        return with < without ? factor : nil
    }

    /// Three digits behind the point.
    static func words(_ factor: Double) -> String { Numbers.fixed(factor, digits: 3) }

    /// The median of the ratios of the counts, each weighing as much as its count: the factor with the least sum of
    /// absolute differences.
    private static func best(for samples: [CalibrationErrors.Sample]) -> Double? {
        let ratios = samples.filter { $0.int8 > 0 }.map { (ratio: $0.float / $0.int8, weight: $0.int8) }
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
