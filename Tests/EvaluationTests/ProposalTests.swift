import Models
import Testing

@testable import Evaluation

/// What is compared with a chosen calibration is quantised as that one is.
@Suite struct ProposalTests {
    private static let one = CalibrationStudy.Source(path: "/1.png", name: "1.png", truth: nil)
    private static let two = CalibrationStudy.Source(path: "/2.png", name: "2.png", truth: nil)
    private static let plain = CalibrationStudy.Proposal(rule: "one at random", pictures: [one])

    @Test func thresholdsAndFloatLayersAreTheChosenOnes() throws {
        var chosen = CalibrationStudy.Proposal(rule: "chosen", pictures: [Self.two]).with(.maximum)
        chosen.floatLayers = 2
        let treated = try #require(Self.plain.treated(like: chosen))
        #expect(treated.method == .maximum && treated.floatLayers == 2 && treated.pictures == [Self.one])
        #expect(treated.rule == "one at random, thresholds by max, the last 2 in FP32")
        #expect(treated.treated(like: chosen) == nil)
    }
}
