import Evaluation
import Testing

@Suite struct BootstrapTests {
    private static let values = (0..<200).map { Double($0 * $0 % 101) }

    private static func mean(_ sample: [Int]) -> [Double?] {
        [sample.reduce(0) { $0 + values[$1] } / Double(sample.count)]
    }

    @Test func sameSeedGivesTheSameInterval() {
        let first = Bootstrap(seed: 3).intervals(over: 200, Self.mean)
        #expect(first == Bootstrap(seed: 3).intervals(over: 200, Self.mean))
        #expect(first != Bootstrap(seed: 4).intervals(over: 200, Self.mean))
    }

    @Test func intervalOfAMeanIsThatOfTheNormalDistribution() throws {
        let interval = try #require(Bootstrap(samples: 4000).intervals(over: 200, Self.mean)[0])
        let mean = Self.values.reduce(0, +) / 200
        let deviation = (Self.values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 200).squareRoot()
        let half = 1.96 * deviation / 200.0.squareRoot()
        #expect(abs(interval.low - (mean - half)) < 0.12 * half)
        #expect(abs(interval.high - (mean + half)) < 0.12 * half)
    }

    @Test func widerConfidenceWidensTheInterval() throws {
        let narrow = try #require(Bootstrap(confidence: 0.5).intervals(over: 200, Self.mean)[0])
        let wide = try #require(Bootstrap(confidence: 0.99).intervals(over: 200, Self.mean)[0])
        #expect(wide.low < narrow.low && narrow.high < wide.high)
    }

    @Test("what is no finite number is left out of an interval", arguments: [Double.infinity, -.infinity, .nan])
    func notFinite(value: Double) {
        let intervals = Bootstrap(samples: 200).intervals(over: 2) { sample in
            [sample.contains(0) ? 7 : value, value]
        }
        #expect(intervals == [Interval(low: 7, high: 7), nil])
    }

    @Test func theLargestNumbersHaveAnInterval() throws {
        let most = Double.greatestFiniteMagnitude
        let interval = try #require(
            Bootstrap(samples: 200).intervals(over: 2) { [$0.contains(0) ? -most : most] }[0])
        #expect(interval.low == -most && interval.high == most)
    }

    @Test func aFigureThatSomeSamplesLackIsTakenFromTheOthers() throws {
        let intervals = Bootstrap(samples: 200).intervals(over: 2) { sample in
            [sample.contains(0) ? 7 : nil, nil]
        }
        #expect(intervals == [Interval(low: 7, high: 7), nil])
    }
}
