import Archive
import Charts
import Terminal

extension ReportPage {
    /// People in all, whole.
    static func people(_ number: Double) -> String {
        number.magnitude < 9e15 ? Numbers.grouped(Int(number.rounded())) : "\(number)"
    }

    /// A number of three digits or more.
    static func figure(_ number: Double) -> String {
        if number.magnitude >= 99.95 { return people(number) }
        let tenths = Int((number * 10).rounded())
        return "\(tenths / 10).\(abs(tenths % 10))"
    }

    /// Bytes as MB, and from a gigabyte on as GB.
    static func size(_ bytes: Int) -> String {
        bytes < 1_000_000_000 ? "\(figure(Double(bytes) / 1e6)) MB" : "\(figure(Double(bytes) / 1e9)) GB"
    }

    /// Why the example of a failure failed, without its URL, which stands above it.
    static func reason(_ failure: RunReport.Failure) -> String {
        let start = failure.example + ": "
        return failure.detail.hasPrefix(start) ? String(failure.detail.dropFirst(start.count)) : failure.detail
    }

    /// An edge of a bin: `500`, `2k`, `1M`.
    static func short(_ edge: Double) -> String {
        switch edge {
        case 1e6...: "\(Int(edge / 1e6))M"
        case 1e3...: "\(Int(edge / 1e3))k"
        default: "\(Int(edge))"
        }
    }

    /// The edge that follows one of 0, 1, 2, 5, 10, 20, 50 and so on.
    static func edge(after edge: Double) -> Double {
        var unit = 1.0
        while unit * 10 <= edge { unit *= 10 }
        return edge == 0 ? 1 : edge == 2 * unit ? 5 * unit : edge * 2
    }

    /// `1 picture`, `2 pictures`.
    static func pictures(_ number: Int) -> String { Numbers.counted(number, "picture") }

    /// A time in UTC, to the second.
    static func moment(_ time: String) -> String {
        Markup.escaped("\(time.prefix(10)) \(time.dropFirst(11).prefix(8)) UTC")
    }

    /// Milliseconds of the three steps; a dash where nothing took any.
    static func times(_ times: RunReport.Times?) -> String {
        times.map { [$0.fetch, $0.decode, $0.infer].map(figure).joined(separator: " / ") } ?? "–"
    }

    /// The items of a list of facts; the values are HTML.
    static func list(_ facts: [(String, String)]) -> String {
        facts.map { "<div><dt>\(Markup.escaped($0.0))</dt><dd>\($0.1)</dd></div>" }.joined(separator: "\n")
    }

    /// The heading of a table of groups.
    static func heading(_ first: String) -> String {
        let figures = ["Pictures", "People", "Per picture"].map { "<th scope=\"col\" class=\"number\">\($0)</th>" }
        return "<tr><th scope=\"col\">\(Markup.escaped(first))</th>\(figures.joined())</tr>"
    }

    /// The figures of a group, in the order of `heading`.
    static func cells(_ group: RunReport.Group) -> String {
        "<td class=\"number\">\(Numbers.grouped(group.pictures))</td><td class=\"number\">\(people(group.people))</td>"
            + "<td class=\"number\">\(figure(group.mean))</td>"
    }

    /// A chart's figures, for those who want to read them.
    static func figures(_ rows: [String]) -> String {
        "<details><summary>The figures</summary><div class=\"scroll\"><table>\n\(rows.joined(separator: "\n"))\n"
            + "</table></div></details>"
    }
}
