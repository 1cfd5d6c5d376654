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

    @Test("beside the chosen calibration stand its pictures and the seed's, plain and treated alike")
    func comparable() {
        let chosen = CalibrationStudy.Proposal(rule: "chosen", pictures: [Self.two], method: .maximum)
        let errors = CalibrationErrors([(nil, 1, 1)])
        func isCompared(_ proposal: CalibrationStudy.Proposal) -> Bool {
            let row = CalibrationStudy.Row(
                rule: proposal.rule, pictures: proposal.pictures.map(\.name),
                calibration: .init(tiles: [[0]], method: proposal.method), factor: 1, selection: errors)
            return CalibrationStudy.Search.Built(row: row, proposal: proposal)
                .isComparable(with: chosen, CalibrationStudy.Settings())
        }
        let seeds = CalibrationStudy.Proposal(rule: "the seed's rule", pictures: [Self.one], isSeeds: true)
        #expect(isCompared(chosen) && isCompared(chosen.with(.divergence)) && !isCompared(chosen.with(.percentile)))
        #expect(isCompared(seeds) && isCompared(seeds.with(.maximum)) && !isCompared(seeds.with(.percentile)))
        #expect(!isCompared(Self.plain))
    }
}
