import Concurrency

/// A number that goes up and down.
public final class Gauge: MetricFamily {
    let description: MetricDescription
    private let series: Locked<SeriesTable<Double>>

    init(_ description: MetricDescription) {
        self.description = description
        series = Locked(SeriesTable(labels: description.labels.count, initial: 0))
    }

    /// Makes the series with these label values `value`.
    public func set(_ value: Double, _ labels: String...) {
        series.withLock { $0.change(labels, from: 0) { $0 = value } }
    }

    /// Adds `amount`, which may be negative.
    public func add(_ amount: Double, _ labels: String...) {
        series.withLock { $0.change(labels, from: 0) { $0 += amount } }
    }

    /// What a series is; 0 where it was never set.
    public func value(_ labels: String...) -> Double {
        series.withLock { $0.value(labels) ?? 0 }
    }

    var samples: [Sample] {
        series.withLock { $0.sorted }.map { Sample(labels: $0.labels, value: $0.value) }
    }
}
