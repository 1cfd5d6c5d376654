import Testing

@testable import Evaluation

/// How pictures are shared out before a network is quantised.
@Suite struct SharesTests {
    /// - Parameter told: how many of them have a true count.
    private static func sources(_ count: Int, told: Int = 0) -> [CalibrationStudy.Source] {
        (0..<count).map { .init(path: "/\($0).png", name: "\($0).png", truth: $0 < told ? 5 : nil) }
    }

    @Test("as many pictures as are asked for fill every share")
    func enough() throws {
        let settings = CalibrationStudy.Settings()
        let shares = try CalibrationStudy.Shares(Self.sources(settings.pictures), settings)
        #expect(shares.selection.count == settings.selection && shares.test.count == settings.test)
        #expect(shares.pool.count == settings.candidates)
    }

    @Test("few true counts are where figures are made of them, in both shares")
    func told() throws {
        let shares = try CalibrationStudy.Shares(Self.sources(2000, told: 40), .init())
        #expect(shares.selection.count { $0.truth != nil } == 24 && shares.test.count { $0.truth != nil } == 16)
    }

    @Test(
        "no picture is compared on, reported on and calibrated on, however few there are and have a true count",
        arguments: 3...300)
    func apart(count: Int) throws {
        for told in [0, 1, count / 3, count / 2, count - 1, count] { try Self.checkApart(count, told: told) }
    }

    private static func checkApart(_ count: Int, told: Int) throws {
        var settings = CalibrationStudy.Settings()
        (settings.random, settings.many) = (10, 200)
        let shares = try CalibrationStudy.Shares(sources(count, told: told), settings)
        let parts = [shares.selection, shares.test, shares.pool]
        #expect(parts.allSatisfy { !$0.isEmpty } && parts.reduce(0) { $0 + $1.count } == count)
        #expect(Set(parts.flatMap { $0 }).count == count)
        let compared = Set(shares.comparisons.flatMap(\.pictures))
        #expect(compared.isDisjoint(with: shares.test))
    }
}
