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

    @Test("the ticks of an axis are round and reach beyond the value", arguments: [0.0031, 0.5, 1, 7.2, 99, 100, 5300])
    func ticks(value: Double) throws {
        let svg = ParetoPlot([.init(title: "", seconds: value, mae: 1)]).svg
        // A point at the far right or beyond would leave the area, which ends at 600.
        let x = try #require(
            svg.firstRange(of: "cx=\"").flatMap { Double(svg[$0.upperBound...].prefix { $0 != "\"" }) })
        #expect(x > 300 && x <= 600)
    }
}
