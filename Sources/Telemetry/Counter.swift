import Concurrency

/// A number that only grows.
public final class Counter: SummableMetric {
    let description: MetricDescription
    private let series: Locked<SeriesTable<Double>>

    init(_ description: MetricDescription) {
        self.description = description
        series = Locked(SeriesTable(labels: description.labels.count, initial: 0))
    }

    /// Adds `amount`, which is not negative, to the series with these label values.
    public func add(_ amount: Double = 1, _ labels: String...) {
        precondition(amount >= 0, "the counter \(description.name) cannot shrink")
        series.withLock { $0.change(labels, from: 0) { $0 += amount } }
    }

    /// What a series has come to; 0 where it was never added to.
    public func value(_ labels: String...) -> Double {
        series.withLock { $0.value(labels) ?? 0 }
    }

    var totals: [MetricTotals.Series] {
        series.withLock { $0.sorted }.map { MetricTotals.Series(labels: $0.labels, numbers: [$0.value]) }
    }

    var width: Int { 1 }

    func add(_ numbers: [Double], to labels: [String]) {
        series.withLock { $0.change(labels, from: 0) { $0 += numbers[0] } }
    }

    var samples: [Sample] {
        series.withLock { $0.sorted }.map { Sample(labels: $0.labels, value: $0.value) }
    }
}
