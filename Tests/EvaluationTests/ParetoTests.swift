import Evaluation
import Testing

@Suite struct ParetoTests {
    @Test func onlyWhatNothingBeatsIsOnTheFront() {
        let points = [
            (seconds: 1.0, mae: 10.0), (seconds: 2, mae: 5), (seconds: 2, mae: 6), (seconds: 3, mae: 5),
            (seconds: 0.5, mae: 40), (seconds: 0.6, mae: 40),
        ]
        #expect(ParetoFront.membership(of: points) == [true, true, false, false, true, false])
    }

    @Test func equalPointsShareTheFront() {
        #expect(ParetoFront.membership(of: [(1, 1), (1, 1), (2, 2)]) == [true, true, false])
    }

    @Test func plotIsWellFormedAndEscapesItsWords() throws {
        let plot = ParetoPlot([
            .init(title: "a<b & \"c\"", seconds: 0.031, mae: 12), .init(title: "slow", seconds: 0.4, mae: 8),
            .init(title: "worse", seconds: 0.5, mae: 9),
        ])
        let svg = plot.svg
        #expect(svg.ranges(of: "<circle ").count == 6)
        #expect(svg.ranges(of: "<polyline ").count == 1)
        // Every element is closed.
        #expect(svg.ranges(of: "<").count == 2 * svg.ranges(of: "</").count + svg.ranges(of: "/>").count)
        #expect(svg.contains("a&lt;b &amp; &quot;c&quot;"))
    }

    @Test func pointsTooNearEachOtherShareALabel() {
        let svg = ParetoPlot([
            .init(title: "", seconds: 1, mae: 10), .init(title: "", seconds: 2, mae: 5),
            .init(title: "", seconds: 1.001, mae: 10),
        ]).svg
        #expect(svg.contains(">1, 3</text>"))
        #expect(svg.contains(">2</text>"))
    }

    @Test("every point has a line of its own below the plot", arguments: [1, 40])
    func legendFits(count: Int) throws {
        let svg = ParetoPlot((1...count).map { .init(title: "of \(count)", seconds: Double($0), mae: 1) }).svg
        let height = try #require(svg.firstMatch(of: /viewBox="0 0 860 (\d+)"/).flatMap { Double($0.1) })
        let lines = svg.matches(of: /y="([\d.]+)"[^>]*>\d+: of/).compactMap { Double($0.1) }
        #expect(Set(lines).count == count)
        let last = try #require(lines.last)
        #expect(last < height)
    }

    @Test("the ticks of an axis are round and reach beyond the value", arguments: [0.0031, 0.5, 1, 7.2, 99, 100, 5300])
    func ticks(value: Double) throws {
        let svg = ParetoPlot([.init(title: "", seconds: value, mae: 1)]).svg
        // A point at the far right or beyond would leave the area, which ends at 800.
        let x = try #require(
            svg.firstRange(of: "cx=\"").flatMap { Double(svg[$0.upperBound...].prefix { $0 != "\"" }) })
        #expect(x > 400 && x <= 800)
    }
}
