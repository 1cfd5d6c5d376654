/// What the counters and histograms of a process have come to: what it tells another that sums up many.
public struct MetricTotals: Sendable, Hashable, Codable {
    struct Series: Sendable, Hashable, Codable {
        /// In the order of the metric's labels.
        let labels: [String]
        /// The value of a counter; of a histogram the observations of each bucket alone, then their sum.
        let numbers: [Double]
    }

    /// By the metric's name.
    var series: [String: [Series]] = [:]

    /// Nothing yet.
    public init() {}
}
