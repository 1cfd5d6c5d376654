/// A metric whose values of several processes can be added up: one that only grows.
protocol SummableMetric: MetricFamily {
    var totals: [MetricTotals.Series] { get }
    /// Numbers of a series.
    var width: Int { get }
    /// Adds `numbers`, as many as `width` says and each within `credibleGrowth`, to the series with these label values.
    func add(_ numbers: [Double], to labels: [String])
}

extension Metrics {
    /// What a number may grow by at once: less than what a whole number of a `Double` and an `Int` can hold. A process that
    /// tells more is broken, and must not take this one with it.
    static let credibleGrowth = 0..<9e15

    /// What the counters and histograms have come to.
    public var totals: MetricTotals {
        var totals = MetricTotals()
        for metric in summable { totals.series[metric.description.name] = metric.totals }
        return totals
    }

    /// Adds what the counters and histograms of another process grew by, to those of the same name.
    ///
    /// What these do not know, as another version of the program may tell it, is left out, and so is what cannot be.
    /// - Parameter before: what that process told before; nothing where it had not.
    public func add(_ totals: MetricTotals, since before: MetricTotals) {
        for metric in summable {
            let name = metric.description.name
            let known = Dictionary(
                (before.series[name] ?? []).map { ($0.labels, $0.numbers) }, uniquingKeysWith: { $1 })
            for series in totals.series[name] ?? [] {
                guard series.labels.count == metric.description.labels.count, series.numbers.count == metric.width
                else { continue }
                let earlier = known[series.labels] ?? Array(repeating: 0, count: metric.width)
                let growth = zip(series.numbers, earlier).map { $0 - $1 }
                guard growth.count == metric.width, growth.allSatisfy(Self.credibleGrowth.contains) else { continue }
                metric.add(growth, to: series.labels)
            }
        }
    }
}
