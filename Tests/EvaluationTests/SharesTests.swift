import Testing

@testable import Evaluation

/// How pictures are shared out before a network is quantised.
@Suite struct SharesTests {
    private static func sources(_ count: Int) -> [CalibrationStudy.Source] {
        (0..<count).map { .init(path: "/\($0).png", name: "\($0).png", truth: nil) }
    }

    @Test("as many pictures as are asked for fill every share")
    func enough() throws {
        let settings = CalibrationStudy.Settings()
        let shares = try CalibrationStudy.Shares(Self.sources(settings.pictures), settings)
        #expect(shares.selection.count == settings.selection && shares.test.count == settings.test)
        #expect(shares.pool.count == settings.candidates)
    }

    @Test("no picture is compared on, reported on and calibrated on, however few there are", arguments: 3...300)
    func apart(count: Int) throws {
        var settings = CalibrationStudy.Settings()
        (settings.random, settings.many) = (10, 200)
        let shares = try CalibrationStudy.Shares(Self.sources(count), settings)
        let parts = [shares.selection, shares.test, shares.pool]
        #expect(parts.allSatisfy { !$0.isEmpty } && parts.reduce(0) { $0 + $1.count } == count)
        #expect(Set(parts.flatMap { $0 }).count == count)
        let compared = Set(shares.comparisons.flatMap(\.pictures))
        #expect(compared.isDisjoint(with: shares.test))
    }
}
