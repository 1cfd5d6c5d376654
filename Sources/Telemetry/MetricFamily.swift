/// One declared metric with all its series.
protocol MetricFamily: Sendable {
    var description: MetricDescription { get }
    /// What the series are at the moment, in a steady order.
    var samples: [Sample] { get }
}

/// One line of the text.
struct Sample {
    /// What follows the name of the metric: `_bucket`, `_sum`, `_count` or nothing.
    var suffix = ""
    /// In the order of the metric's labels.
    let labels: [String]
    /// The upper bound of a bucket.
    var bound: Double?
    let value: Double

    func line(of metric: MetricDescription) -> String {
        var pairs = zip(metric.labels, labels).map { "\($0)=\"\(Self.escaped($1))\"" }
        if let bound { pairs.append("le=\"\(Self.number(bound))\"") }
        let braces = pairs.isEmpty ? "" : "{\(pairs.joined(separator: ","))}"
        return "\(metric.name)\(suffix)\(braces) \(Self.number(value))\n"
    }

    private static func escaped(_ label: String) -> String {
        label.unicodeScalars.map { scalar in
            switch scalar {
            case "\\": "\\\\"
            case "\"": "\\\""
            case "\n": "\\n"
            default: String(scalar)
            }
        }.joined()
    }

    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        // Exact up to here, and whole numbers read better without a point.
        if value.rounded() == value, value.magnitude < 1e15 { return String(Int64(value)) }
        return String(value)
    }
}
