import Models
import Testing

@Suite struct CandidateTraitsTests {
    private static func traits(_ people: Double, colour: Double = 10, _ ranges: [Double]) -> CandidateTraits {
        CandidateTraits(people: people, colour: colour, brightness: 10, ranges: ranges)
    }

    @Test func rangesThatClipAndRangesThatStretchBothCount() {
        let ordinary = (0..<18).map { _ in Self.traits(10, [1, 4]) }
        let misfits = CandidateTraits.misfits(of: ordinary + [Self.traits(10, [0.25, 4]), Self.traits(10, [4, 4])])
        #expect(misfits[0] == 0)
        #expect(misfits[18] == 1)
        #expect(misfits[19] == 1)
    }

    @Test func operatorsThatAreAlwaysZeroDoNotCount() {
        let misfits = CandidateTraits.misfits(of: [Self.traits(1, [0, 2]), Self.traits(1, [0, 2])])
        #expect(misfits == [0, 0])
    }

    @Test func theFitOfTheRangesOutweighsTheCrowd() {
        // The last is the largest crowd, and stretches every range sixteen times.
        let candidates = (1...20).map { Self.traits(Double($0), [1, 1]) } + [Self.traits(500, [16, 16])]
        #expect(CandidateTraits.ranking(of: candidates)[0] == 19)
        #expect(CandidateTraits.seedRanking(of: candidates)[0] == 20)
    }

    @Test func everyCandidateIsRankedOnce() {
        let candidates = (0..<9).map { (index: Int) -> CandidateTraits in
            Self.traits(Double(index * 7 % 5), colour: Double(index % 3), [Double(index % 4 + 1)])
        }
        #expect(CandidateTraits.ranking(of: candidates).sorted() == Array(0..<9))
        #expect(CandidateTraits.ranking(of: []) == [])
    }
}
