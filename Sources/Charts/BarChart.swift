/// Bars over a row of classes, as an SVG element that takes its colours from the page it stands in.
///
/// Its classes `rule`, `bar` and `label` are the page's to colour. Every bar has its figures as a title, which browsers
/// show and screen readers read.
public struct BarChart: Sendable {
    /// One bar.
    public struct Bar: Sendable, Hashable {
        /// What stands below it; left out where there is no room.
        public let label: String
        /// Its height, at least 0.
        public let value: Double
        /// All of it in words.
        public let title: String

        /// A bar of three parts.
        public init(label: String, value: Double, title: String) {
            self.label = label
            self.value = value
            self.title = title
        }
    }

    /// Where the label of a bar stands.
    public enum Labels: Sendable {
        /// Below the middle of its bar.
        case middle
        /// Below its left edge: the bar goes from this value to the next.
        case edge
    }

    private static let size = (width: 480.0, height: 250.0)
    private static let area = (left: 58.0, right: 472.0, top: 12.0, bottom: 196.0)
    /// Width of a character of a label, about.
    private static let character = 8.5

    private let bars: [Bar]
    private let title: String
    private let horizontal: String
    private let vertical: String
    private let labels: Labels
    private let axis: Axis

    /// - Parameters:
    ///   - title: what the chart shows, for those who do not see it.
    ///   - horizontal: what the bars stand for; `vertical` likewise for their heights.
    public init(_ bars: [Bar], title: String, horizontal: String, vertical: String, labels: Labels = .middle) {
        self.bars = bars
        self.title = title
        self.horizontal = horizontal
        self.vertical = vertical
        self.labels = labels
        axis = Axis(upTo: bars.map(\.value).max() ?? 1)
    }

    /// The SVG element.
    public var svg: String {
        var lines = [
            "<svg viewBox=\"0 0 \(Int(Self.size.width)) \(Int(Self.size.height))\" role=\"img\" "
                + "aria-label=\"\(Markup.escaped(title))\" font-size=\"13\">"
        ]
        lines += rules()
        lines += bars.indices.map(bar)
        lines += labelled.map { index in
            let x = left(of: index) + (labels == .middle ? pitch / 2 : 0)
            return text(bars[index].label, x: x, y: Self.area.bottom + 18, anchor: "middle")
        }
        let middle = (Self.area.left + Self.area.right) / 2
        lines.append(text(horizontal, x: middle, y: Self.area.bottom + 42, anchor: "middle"))
        let height = (Self.area.top + Self.area.bottom) / 2
        lines.append(
            "<text class=\"label\" transform=\"rotate(-90 13 \(number(height)))\" x=\"13\" y=\"\(number(height))\" "
                + "text-anchor=\"middle\">\(Markup.escaped(vertical))</text>")
        return (lines + ["</svg>"]).joined(separator: "\n")
    }

    /// Width of a bar with what stands between it and the next.
    private var pitch: Double { (Self.area.right - Self.area.left) / Double(max(1, bars.count)) }

    private func left(of index: Int) -> Double { Self.area.left + Double(index) * pitch }

    private func rules() -> [String] {
        axis.ticks.flatMap { tick in
            let y = Self.area.bottom - axis.share(of: tick) * (Self.area.bottom - Self.area.top)
            return [
                "<line class=\"rule\" x1=\"\(number(Self.area.left))\" y1=\"\(number(y))\" "
                    + "x2=\"\(number(Self.area.right))\" y2=\"\(number(y))\"/>",
                text(axis.label(of: tick), x: Self.area.left - 6, y: y + 4, anchor: "end"),
            ]
        }
    }

    private func bar(_ index: Int) -> String {
        let height = max(0, axis.share(of: bars[index].value)) * (Self.area.bottom - Self.area.top)
        let gap = min(2, pitch / 5)
        return "<rect class=\"bar\" x=\"\(number(left(of: index) + gap / 2))\" "
            + "y=\"\(number(Self.area.bottom - height))\" width=\"\(number(pitch - gap))\" "
            + "height=\"\(number(height))\"><title>\(Markup.escaped(bars[index].title))</title></rect>"
    }

    /// The bars whose labels have room: every one, or every second, fifth, tenth and so on.
    private var labelled: [Int] {
        let widest = Double(bars.map(\.label.count).max() ?? 1) * Self.character + 8
        let step = [1, 2, 5, 10, 20, 50, 100].first { Double($0) * pitch >= widest } ?? max(1, bars.count)
        return Array(stride(from: 0, to: bars.count, by: step))
    }

    private func text(_ words: String, x: Double, y: Double, anchor: String) -> String {
        "<text class=\"label\" x=\"\(number(x))\" y=\"\(number(y))\" text-anchor=\"\(anchor)\">"
            + Markup.escaped(words) + "</text>"
    }

    /// To a hundredth of a unit.
    private func number(_ value: Double) -> String {
        let hundredths = Int((value * 100).rounded())
        let rest = String(abs(hundredths % 100))
        let sign = hundredths < 0 && hundredths > -100 ? "-" : ""
        return sign + "\(hundredths / 100)" + (rest == "0" ? "" : "." + (rest.count < 2 ? "0" : "") + rest)
    }
}
