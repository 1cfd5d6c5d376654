import Evaluation
import Testing

@Suite struct LevelIntervalTests {
    private static func evaluation(few: Int, some: Int) throws -> Evaluation {
        let observations =
            (0..<few).map { Observation(image: "f\($0)", truth: 10, count: 10 + Double($0), seconds: 1) }
            + (0..<some).map { Observation(image: "s\($0)", truth: 200, count: 200 - 3 * Double($0), seconds: 1) }
        return try #require(
            Evaluation(
                of: observations,
                subject: Subject(model: "m", digest: "d", plan: "native", engine: "openvino", simulated: false)))
    }

    @Test("a crowd level has intervals of its own where it has five pictures")
    func levels() throws {
        let levels = try Self.evaluation(few: 12, some: 4).levels
        #expect(levels.map(\.level) == [.few, .some])
        let few = try #require(levels[0].intervals?.mae)
        // Of 0, 1 ... 11, whose mean is 5.5: nothing of the other level.
        #expect(few.low > 2.5 && few.low < 5.5 && few.high > 5.5 && few.high < 8.5, "\(few)")
        #expect(levels[1].intervals == nil)
        #expect(try Self.evaluation(few: 0, some: 5).levels[0].intervals?.bias != nil)
    }
}
