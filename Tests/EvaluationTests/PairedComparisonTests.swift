import Evaluation
import Testing

@Suite struct PairedComparisonTests {
    private static func evaluation(_ counts: [String: Double], truth: Double = 100) throws -> Evaluation {
        let observations = counts.sorted { $0.key < $1.key }.map {
            Observation(image: $0.key, truth: truth, count: $0.value, seconds: 1)
        }
        let subject = Subject(model: "m", digest: "d", plan: "native", engine: "openvino", simulated: false)
        return try #require(Evaluation(of: observations, subject: subject))
    }

    @Test func picturesArePairedByNameAndSortedByDifference() throws {
        let first = try Self.evaluation(["a": 100, "b": 90, "c": 100, "x": 1])
        let second = try Self.evaluation(["a": 103, "b": 60, "c": 100, "y": 2])
        let comparison = try #require(PairedComparison(first, second))
        #expect(comparison.pairs.map(\.first.image) == ["b", "a", "c"])
        #expect(comparison.unpaired == 2)
        #expect(comparison.nearer == (first: 2, second: 0, neither: 1))
        #expect(abs(comparison.maeDifference - (-33.0 / 3)) < 1e-12)
    }

    @Test func aConstantAdvantageIsCertain() throws {
        let names = (0..<40).map { "\($0)" }
        let good = try Self.evaluation(Dictionary(uniqueKeysWithValues: names.map { ($0, 101) }))
        let bad = try Self.evaluation(Dictionary(uniqueKeysWithValues: names.map { ($0, 104) }))
        #expect(try #require(PairedComparison(good, bad)).interval == Interval(low: -3, high: -3))
        #expect(try #require(PairedComparison(bad, good)).interval == Interval(low: 3, high: 3))
    }

    @Test func evaluationsWithoutACommonPictureAreNotCompared() throws {
        #expect(PairedComparison(try Self.evaluation(["a": 1]), try Self.evaluation(["b": 1])) == nil)
        // Two sets may both have a picture 1.jpg.
        #expect(PairedComparison(try Self.evaluation(["a": 1]), try Self.evaluation(["a": 1], truth: 50)) == nil)
    }
}
