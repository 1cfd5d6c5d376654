import Testing

@testable import Evaluation

struct OutputFactorTests {
    private func samples(_ pairs: [OutputFactor.Sample]) -> [OutputFactor.Sample] { pairs }

    @Test("counts that are all too small by one share are corrected by it")
    func constantShare() throws {
        let found = OutputFactor.helpful(for: samples([10, 40, 90, 200].map { ($0, $0 / 1.25) }))
        #expect(abs(try #require(found) - 1.25) < 1e-12)
    }

    @Test("one picture that is far off does not set the factor")
    func outlier() throws {
        let pairs = [10.0, 40, 90, 100, 120, 60, 75].map { ($0, $0 / 1.25) } + [(300, 30)]
        #expect(abs(try #require(OutputFactor.helpful(for: samples(pairs))) - 1.25) < 1e-12)
    }

    @Test("a factor that helps by less than is asked for is none")
    func share() {
        let pairs = [10.0, 40, 90, 200].map { ($0, $0 / 1.25) } + [(60.0, 75.0)]
        #expect(OutputFactor.helpful(for: pairs, by: 0.5) != nil)
        #expect(OutputFactor.helpful(for: pairs, by: 0.6) == nil)
    }

    @Test("where errors have no common share there is no factor, nor of fewer than four pictures, nor of empty ones")
    func noFactor() {
        #expect(OutputFactor.helpful(for: samples([(100, 101), (100, 99), (50, 50), (70, 71), (70, 69)])) == nil)
        #expect(OutputFactor.helpful(for: samples([(100, 80), (50, 40), (10, 8)])) == nil)
        #expect(OutputFactor.helpful(for: samples([(1, 0), (2, 0), (3, 0), (4, 0)])) == nil)
        #expect(OutputFactor.helpful(for: samples([(0, 1), (0, 2), (0, 3), (0, 4)])) == nil)
    }

    @Test("what is off by more than any correction has no factor")
    func beyondCorrection() {
        #expect(OutputFactor.helpful(for: samples([10, 40, 90, 200].map { ($0, $0 * 1e-30) })) == nil)
        #expect(OutputFactor.helpful(for: samples([10, 40, 90, 200].map { ($0, $0 * 1e30) })) == nil)
    }

    @Test("a factor is told to three digits")
    func words() {
        #expect(OutputFactor.words(1.0126) == "1.013")
        #expect(OutputFactor.words(0.05) == "0.050")
    }
}
