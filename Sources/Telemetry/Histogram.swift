import Concurrency

/// A distribution, as numbers of observations up to each of a few bounds.
public final class Histogram: SummableMetric {
    /// From a millisecond to five minutes, about three bounds to a factor of ten.
    public static let seconds = [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300,
    ]

    private struct Distribution {
        /// Observations of each bucket alone; the last has no bound.
        var buckets: [Int]
        var sum = 0.0
    }

    let description: MetricDescription
    private let bounds: [Double]
    private let series: Locked<SeriesTable<Distribution>>

    init(_ description: MetricDescription, bounds: [Double]) {
        self.description = description
        self.bounds = bounds
        series = Locked(SeriesTable(labels: description.labels.count, initial: Self.empty(bounds)))
    }

    /// Takes in one observation; a value that is on a bound is within it.
    public func observe(_ value: Double, _ labels: String...) {
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        series.withLock { series in
            series.change(labels, from: Self.empty(bounds)) { distribution in
                distribution.buckets[bucket] += 1
                distribution.sum += value
            }
        }
    }

    /// The same for a time, in seconds.
    public func observe(_ time: Duration, _ label: String) {
        observe(time / .seconds(1), label)
    }

    /// Observations of a series, and their mean; `nil` before the first.
    public func mean(_ labels: String...) -> (count: Int, mean: Double)? {
        guard let distribution = series.withLock({ $0.value(labels) }) else { return nil }
        let count = distribution.buckets.reduce(0, +)
        return count == 0 ? nil : (count, distribution.sum / Double(count))
    }

    var totals: [MetricTotals.Series] {
        series.withLock { $0.sorted }.map { labels, distribution in
            MetricTotals.Series(labels: labels, numbers: distribution.buckets.map(Double.init) + [distribution.sum])
        }
    }

    /// One more bucket than there are bounds, and the sum.
    var width: Int { bounds.count + 2 }

    func add(_ numbers: [Double], to labels: [String]) {
        series.withLock { series in
            series.change(labels, from: Self.empty(bounds)) { distribution in
                for bucket in distribution.buckets.indices { distribution.buckets[bucket] += Int(numbers[bucket]) }
                distribution.sum += numbers[numbers.count - 1]
            }
        }
    }

    var samples: [Sample] {
        series.withLock { $0.sorted }.flatMap { labels, distribution in
            var count = 0
            let buckets = zip(bounds + [.infinity], distribution.buckets).map { bound, number in
                count += number
                return Sample(suffix: "_bucket", labels: labels, bound: bound, value: Double(count))
            }
            return buckets + [
                Sample(suffix: "_sum", labels: labels, value: distribution.sum),
                Sample(suffix: "_count", labels: labels, value: Double(count)),
            ]
        }
    }

    private static func empty(_ bounds: [Double]) -> Distribution {
        Distribution(buckets: Array(repeating: 0, count: bounds.count + 1))
    }
}
