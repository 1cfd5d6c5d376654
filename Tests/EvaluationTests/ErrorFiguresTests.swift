import Evaluation
import FoundationEssentials
import Testing

@Suite struct ErrorFiguresTests {
    private static func observe(_ pairs: [(truth: Double, count: Double)], seconds: Double = 0.5) -> [Observation] {
        pairs.enumerated().map { index, pair in
            Observation(image: "\(index)", truth: pair.truth, count: pair.count, seconds: seconds)
        }
    }

    @Test func figuresFollowTheirFormulas() throws {
        let figures = try #require(ErrorFigures(of: Self.observe([(100, 110), (50, 30), (0, 2)])))
        #expect(figures.images == 3)
        #expect(abs(figures.mae - 32.0 / 3) < 1e-12)
        #expect(abs(figures.rmse - (504.0 / 3).squareRoot()) < 1e-12)
        #expect(abs(figures.bias - (-8.0 / 3)) < 1e-12)
        // Over the two pictures with people: 10/100 and 20/50.
        #expect(abs((figures.nae ?? 0) - 0.25) < 1e-12)
        #expect(figures.secondsPerImage == 0.5)
    }

    @Test func scoreIsTheContests() throws {
        let figures = try #require(ErrorFigures(of: Self.observe([(100, 110), (50, 30), (0, 2)])))
        let parts = [(250 - 32.0 / 3) * 0.2, (500 - (504.0 / 3).squareRoot()) * 0.1, (0.4 - 0.25) * 200, 1.5 * 100]
        #expect(abs((figures.score ?? 0) - parts.reduce(0, +)) < 1e-9)
    }

    @Test func picturesWithoutPeopleHaveNoRelativeErrorAndNoScore() throws {
        let figures = try #require(ErrorFigures(of: Self.observe([(0, 3), (0, 0)])))
        #expect(figures.nae == nil)
        #expect(figures.score == nil)
        // A program that reads JSON finds every key.
        #expect(String(decoding: try JSONEncoder().encode(figures), as: UTF8.self).contains(#""nae":null"#))
        #expect(figures.mae == 1.5)
    }

    @Test func nothingHasNoFigures() {
        #expect(ErrorFigures(of: [Observation]()) == nil)
    }

    @Test(
        "the bounds of the crowd levels belong to the lower one",
        arguments: [
            (0.0, CrowdLevel.none), (0.5, .few), (1, .few), (100, .few), (100.5, .some), (101, .some), (500, .some),
            (501, .many), (5000, .many), (5001, .most),
        ])
    func levels(truth: Double, level: CrowdLevel) {
        #expect(CrowdLevel(truth: truth) == level)
    }

    @Test func evaluationSplitsByLevelAndLosesNoPicture() throws {
        let subject = Subject(model: "m", digest: "d", plan: "native", engine: "openvino", simulated: false)
        let observations = Self.observe([(0, 1), (20, 10), (30, 36), (400, 390), (9000, 9500)])
        let evaluation = try #require(Evaluation(of: observations, subject: subject))
        #expect(evaluation.levels.map(\.level) == [.none, .few, .some, .most])
        #expect(evaluation.levels.map(\.figures.images) == [1, 2, 1, 1])
        #expect(evaluation.levels[1].figures.mae == 8)
        let mae = try #require(evaluation.intervals.mae)
        #expect(mae.low < evaluation.figures.mae && evaluation.figures.mae < mae.high)
    }
}
