/// The series of one metric by the values of their labels: a bounded number of them.
///
/// A label whose values come from outside could fill the memory of this process and of Prometheus. From `limit` series
/// on, what is new goes into one whose labels are all `other`.
struct SeriesTable<Value: Sendable>: Sendable {
    static var limit: Int { 100 }

    private let labels: Int
    private var series: [[String]: Value] = [:]

    /// - Parameter labels: how many labels every series has. One without any has one series, there from the start.
    init(labels: Int, initial: Value) {
        self.labels = labels
        if labels == 0 { series[[]] = initial }
    }

    mutating func change(_ values: [String], from initial: @autoclosure () -> Value, _ body: (inout Value) -> Void) {
        precondition(values.count == labels, "\(values.count) label values for \(labels) labels")
        let isNew = series[values] == nil && series.count >= Self.limit
        body(&series[isNew ? values.map { _ in "other" } : values, default: initial()])
    }

    /// Ordered by their labels.
    var sorted: [(labels: [String], value: Value)] {
        series.map { (labels: $0.key, value: $0.value) }.sorted { $0.labels.lexicographicallyPrecedes($1.labels) }
    }

    func value(_ values: [String]) -> Value? { series[values] }
}
