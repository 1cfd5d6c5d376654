import Charts

/// A scatter plot of accuracy against time as SVG, with the Pareto front drawn through it.
///
/// One file without outside resources; readable on a light and on a dark ground.
public struct ParetoPlot: Sendable {
    /// One model and plan.
    public struct Point: Sendable, Hashable {
        /// What it is called in the plot.
        public let title: String
        /// Seconds per picture, 0 or more, finite.
        public let seconds: Double
        /// Mean absolute error, in people, 0 or more, finite.
        public let mae: Double

        /// A point of three parts.
        /// - Precondition: both numbers are 0 or more, and finite.
        public init(title: String, seconds: Double, mae: Double) {
            self.title = title
            self.seconds = seconds
            self.mae = mae
        }
    }

    private static let width = 860.0
    private static let area = (left: 80.0, right: 800.0, top: 50.0, bottom: 410.0)
    /// Where the list of the points begins, and from line to line: it has the whole width, for titles are long.
    private static let legend = (top: 496.0, line: 22.0)

    /// What a number takes, across and down.
    private static let labelSide = 14.0

    private let points: [Point]
    private let horizontal: Axis
    private let vertical: Axis

    /// - Precondition: there is at least one point.
    public init(_ points: [Point]) {
        precondition(!points.isEmpty)
        self.points = points
        horizontal = Axis(upTo: points.map(\.seconds).max() ?? 1)
        vertical = Axis(upTo: points.map(\.mae).max() ?? 1)
    }

    /// The SVG document.
    public var svg: String {
        let onFront = ParetoFront.membership(of: points.map { ($0.seconds, $0.mae) })
        let height = Self.legend.top + Double(points.count) * Self.legend.line
        var lines = [
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(Int(Self.width)) \(Int(height))\" "
                + "font-family=\"sans-serif\" font-size=\"13\">",
            "<title>Mean absolute error against seconds per picture</title>",
            "<style>text{fill:#222}.rule{stroke:#bbb}.front{stroke:#0a6}.on{fill:#0a6}.off{fill:#888}"
                + ".ground{fill:#fff}@media(prefers-color-scheme:dark){text{fill:#eee}.rule{stroke:#555}"
                + ".ground{fill:#181818}}</style>",
            "<rect class=\"ground\" width=\"100%\" height=\"100%\"/>",
            text(
                "Accuracy against time: lower and further left is better; green is beaten by none in both",
                x: Self.area.left, y: 28, size: 16),
        ]
        lines += rules() + front(onFront)
        for (index, point) in points.enumerated() {
            let (x, y) = place(of: point)
            lines.append(
                "<circle class=\"\(onFront[index] ? "on" : "off")\" cx=\"\(number(x))\" cy=\"\(number(y))\" r=\"5\"/>")
        }
        lines += labels() + legend(onFront)
        return (lines + ["</svg>", ""]).joined(separator: "\n")
    }

    private func rules() -> [String] {
        var lines: [String] = []
        for tick in horizontal.ticks {
            let x = Self.area.left + horizontal.share(of: tick) * (Self.area.right - Self.area.left)
            lines.append(rule(x, Self.area.top, x, Self.area.bottom))
            lines.append(text(horizontal.label(of: tick), x: x, y: Self.area.bottom + 20, anchor: "middle"))
        }
        for tick in vertical.ticks {
            let y = Self.area.bottom - vertical.share(of: tick) * (Self.area.bottom - Self.area.top)
            lines.append(rule(Self.area.left, y, Self.area.right, y))
            lines.append(text(vertical.label(of: tick), x: Self.area.left - 10, y: y + 4, anchor: "end"))
        }
        let (middle, height) = ((Self.area.left + Self.area.right) / 2, (Self.area.top + Self.area.bottom) / 2)
        lines.append(text("seconds per picture", x: middle, y: Self.area.bottom + 48, anchor: "middle"))
        lines.append(
            "<text transform=\"rotate(-90 22 \(number(height)))\" x=\"22\" y=\"\(number(height))\" "
                + "text-anchor=\"middle\">mean absolute error, people</text>")
        return lines
    }

    private func front(_ onFront: [Bool]) -> [String] {
        let corners = zip(points, onFront).filter(\.1).map { place(of: $0.0) }.sorted { $0.x < $1.x }
        guard corners.count > 1 else { return [] }
        let path = corners.map { "\(number($0.x)),\(number($0.y))" }.joined(separator: " ")
        return ["<polyline class=\"front\" fill=\"none\" stroke-width=\"2\" points=\"\(path)\"/>"]
    }

    /// The number of each point; those of points too near each other for one each stand side by side.
    private func labels() -> [String] {
        var labels: [(place: (x: Double, y: Double), words: String)] = []
        for (index, point) in points.enumerated() {
            let place = place(of: point)
            let near = labels.firstIndex {
                abs($0.place.x - place.x) < Self.labelSide && abs($0.place.y - place.y) < Self.labelSide
            }
            if let near {
                labels[near].words += ", \(index + 1)"
            } else {
                labels.append((place, "\(index + 1)"))
            }
        }
        return labels.map { text($0.words, x: $0.place.x + 8, y: $0.place.y - 6) }
    }

    private func legend(_ onFront: [Bool]) -> [String] {
        points.enumerated().flatMap { index, point in
            let y = Self.legend.top + Double(index) * Self.legend.line
            return [
                "<circle class=\"\(onFront[index] ? "on" : "off")\" cx=\"\(number(Self.area.left))\" "
                    + "cy=\"\(number(y - 4))\" r=\"5\"/>",
                text("\(index + 1): \(point.title)", x: Self.area.left + 12, y: y),
            ]
        }
    }

    private func place(of point: Point) -> (x: Double, y: Double) {
        (
            Self.area.left + horizontal.share(of: point.seconds) * (Self.area.right - Self.area.left),
            Self.area.bottom - vertical.share(of: point.mae) * (Self.area.bottom - Self.area.top)
        )
    }

    private func rule(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double) -> String {
        "<line class=\"rule\" x1=\"\(number(x1))\" y1=\"\(number(y1))\" x2=\"\(number(x2))\" y2=\"\(number(y2))\"/>"
    }

    private func text(_ words: String, x: Double, y: Double, anchor: String = "start", size: Int = 13) -> String {
        "<text x=\"\(number(x))\" y=\"\(number(y))\" text-anchor=\"\(anchor)\" font-size=\"\(size)\">"
            + Markup.escaped(words) + "</text>"
    }

    /// To a tenth of a unit.
    private func number(_ value: Double) -> String {
        let tenths = Int(value * 10)
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(abs(tenths % 10))"
    }
}
