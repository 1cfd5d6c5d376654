import Charts
import FoundationEssentials
import Testing

struct BarChartTests {
    private func chart(_ values: [Double], label: (Int) -> String = { "\($0)" }) -> String {
        let bars = values.enumerated().map {
            BarChart.Bar(label: label($0.offset), value: $0.element, title: "bar \($0.offset)")
        }
        return BarChart(bars, title: "a chart", horizontal: "across", vertical: "up").svg
    }

    private func numbers(_ name: String, in svg: String) -> [Double] {
        svg.split(separator: "\n").filter { $0.hasPrefix("<rect") }.compactMap { line in
            line.split(separator: " ").first { $0.hasPrefix(name + "=") }
                .flatMap { Double($0.drop { $0 != "\"" }.dropFirst().prefix { $0 != "\"" }) }
        }
    }

    @Test("Heights are in proportion to the values, and all bars stand on one line")
    func heights() {
        let svg = chart([10, 5, 0, 2.5])
        let heights = numbers("height", in: svg)
        #expect(heights.count == 4)
        #expect(heights[2] == 0)
        #expect((heights[0] - 2 * heights[1]).magnitude < 0.03)
        #expect((heights[1] - 2 * heights[3]).magnitude < 0.03)
        let feet = zip(numbers("y", in: svg), heights).map { $0 + $1 }
        #expect(feet.allSatisfy { ($0 - feet[0]).magnitude < 0.02 })
    }

    @Test("Labels are left out where they would run into each other")
    func labels() {
        func drawn(_ count: Int) -> Int {
            let svg = chart([Double](repeating: 1, count: count)) { "label\(1000 + $0)" }
            return svg.components(separatedBy: ">label1").count - 1
        }
        #expect(drawn(3) == 3)
        #expect((2...6).contains(drawn(200)))
    }

    @Test("No bars, and bars of nothing, are a chart too")
    func empty() {
        #expect(chart([]).hasSuffix("</svg>"))
        #expect(numbers("height", in: chart([0, 0])) == [0, 0])
    }

    @Test("Words from outside are text, whatever they hold")
    func escaping() {
        let svg = chart([1]) { _ in "<script>alert('x')</script>&\"\u{0}\u{1b}" }
        #expect(!svg.contains("<script"))
        #expect(svg.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;&quot;\u{FFFD}\u{FFFD}"))
        #expect(Markup.escaped("<\u{338}b>") == "&lt;\u{338}b&gt;")
    }
}
