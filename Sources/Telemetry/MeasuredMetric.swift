/// A metric that is looked up when it is asked for.
final class MeasuredMetric: MetricFamily {
    let description: MetricDescription
    private let values: @Sendable () -> [(labels: [String], value: Double)]

    init(_ description: MetricDescription, values: @escaping @Sendable () -> [(labels: [String], value: Double)]) {
        self.description = description
        self.values = values
    }

    /// Bounded like those that are kept; what is beyond the bound is left out, since what it comes to is not known.
    var samples: [Sample] {
        values().prefix(SeriesTable<Double>.limit).map { Sample(labels: $0.labels, value: $0.value) }
    }
}
