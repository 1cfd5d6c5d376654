import Concurrency

/// The metrics of one process, and their text as Prometheus reads it.
///
/// Metrics are declared once, before they are used; afterwards any thread may change or read them. The text holds them
/// in the order of their declaration.
public final class Metrics: Sendable {
    /// The type that the text is served as.
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private let families = Locked<[any MetricFamily]>([])

    /// Without any metric.
    public init() {}

    /// Declares a number that only grows.
    /// - Parameters:
    ///   - name: ends in `_total`, with the unit before it: `headcount_fetched_bytes_total`.
    ///   - help: one sentence for people.
    ///   - labels: their names; every change names a value for each.
    public func counter(_ name: String, _ help: String, labels: [String] = []) -> Counter {
        precondition(name.hasSuffix("_total"), "the counter \(name) must end in _total")
        return add(Counter(MetricDescription(name: name, help: help, kind: "counter", labels: labels)))
    }

    /// Declares a number that goes up and down.
    public func gauge(_ name: String, _ help: String, labels: [String] = []) -> Gauge {
        add(Gauge(MetricDescription(name: name, help: help, kind: "gauge", labels: labels)))
    }

    /// Declares a distribution.
    /// - Parameters:
    ///   - name: ends in its unit: `headcount_step_seconds`.
    ///   - bounds: upper bounds of the buckets, ascending; the one without bound is added by itself.
    public func histogram(
        _ name: String, _ help: String, labels: [String] = [], bounds: [Double] = Histogram.seconds
    ) -> Histogram {
        precondition(
            !bounds.isEmpty && zip(bounds, bounds.dropFirst()).allSatisfy(<), "the bounds of \(name) must ascend")
        return add(
            Histogram(MetricDescription(name: name, help: help, kind: "histogram", labels: labels), bounds: bounds))
    }

    /// Declares a metric whose values are looked up whenever the text is made.
    /// - Parameters:
    ///   - kind: whether the number only grows; its name then ends in `_total`.
    ///   - values: label values, in the order of `labels`, and the number that goes with them.
    public func measured(
        _ name: String, _ help: String, _ kind: MeasuredKind = .gauge, labels: [String] = [],
        values: @escaping @Sendable () -> [(labels: [String], value: Double)]
    ) {
        precondition(kind != .counter || name.hasSuffix("_total"), "the counter \(name) must end in _total")
        _ = add(
            MeasuredMetric(
                MetricDescription(name: name, help: help, kind: kind.rawValue, labels: labels), values: values))
    }

    /// All metrics in Prometheus' text format, version 0.0.4.
    public var text: String {
        families.withLock { $0 }.map { family in
            let lines = family.samples.map { $0.line(of: family.description) }
            // A metric without any series is declared nevertheless, so that what may come is known.
            return family.description.heading + lines.joined()
        }.joined()
    }

    var summable: [any SummableMetric] {
        families.withLock { $0 }.compactMap { $0 as? any SummableMetric }
    }

    private func add<Family: MetricFamily>(_ family: Family) -> Family {
        families.withLock { families in
            precondition(
                !families.contains { $0.description.name == family.description.name },
                "the metric \(family.description.name) is declared twice")
            families.append(family)
        }
        return family
    }
}

/// Which way a measured number goes.
public enum MeasuredKind: String, Sendable {
    /// It only grows.
    case counter
    /// It goes up and down.
    case gauge
}
