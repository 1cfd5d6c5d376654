/// What a metric is called and what it means.
struct MetricDescription: Sendable {
    let name: String
    let help: String
    /// `counter`, `gauge` or `histogram`.
    let kind: String
    let labels: [String]

    /// - Precondition: the names are ones that Prometheus takes.
    init(name: String, help: String, kind: String, labels: [String]) {
        precondition(Self.isName(name), "a metric cannot be called \(name)")
        precondition(
            labels.allSatisfy { Self.isName($0) && !$0.hasPrefix("__") && $0 != "le" },
            "a label of \(name) cannot be one of \(labels)")
        self.name = name
        self.help = help
        self.kind = kind
        self.labels = labels
    }

    /// The two lines before the samples.
    var heading: String {
        let escaped = help.map { $0 == "\\" ? "\\\\" : $0 == "\n" ? "\\n" : String($0) }.joined()
        return "# HELP \(name) \(escaped)\n# TYPE \(name) \(kind)\n"
    }

    private static func isName(_ text: String) -> Bool {
        let letters = text.unicodeScalars.allSatisfy { scalar in
            scalar == "_" || ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
                || ("0"..."9").contains(scalar)
        }
        return letters && text.unicodeScalars.first.map { !("0"..."9").contains($0) } ?? false
    }
}
