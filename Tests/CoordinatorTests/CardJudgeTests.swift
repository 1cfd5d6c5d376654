import Supervision
import Testing

@testable import Coordinator

@Suite struct CardJudgeTests {
    private func report(celsius: Int? = nil, troubles: Int32? = nil, network: String? = "crowd") -> WorkerReport {
        var report = WorkerReport()
        report.chipCelsius = celsius
        report.troubles = troubles
        report.network = network
        return report
    }

    @Test("the driver's word is taken at once", arguments: [Int32(1), 2, 4, 7])
    func troubles(_ bits: Int32) {
        var judge = CardJudge()
        #expect(judge.judge(report(troubles: 0)) == nil)
        #expect(judge.judge(report(troubles: bits)) != nil)
    }

    @Test("one hot reading is none, three in a row are")
    func heat() {
        var judge = CardJudge()
        let readings = [99, 100, 101, 99, 100, 100].map { judge.judge(report(celsius: $0)) }
        #expect(readings.allSatisfy { $0 == nil })
        #expect(judge.judge(report(celsius: 104)) == "too hot: 104 C")
    }

    @Test("a speed far below the card's own past is told after half a minute at work")
    func slow() {
        var judge = CardJudge()
        for _ in 0..<5 { #expect(judge.judge(report(), fullTiles: 700, fullMilliseconds: 10_000) == nil) }
        for _ in 0..<2 { #expect(judge.judge(report(), fullTiles: 175, fullMilliseconds: 10_000) == nil) }
        let told = judge.judge(report(), fullTiles: 175, fullMilliseconds: 10_000)
        #expect(told == "far below its own past: 18 tiles/s, it did 70")
    }

    @Test("a card that was slow from the start, is half as fast, or computes a larger network is well")
    func fair() {
        var judge = CardJudge()
        for tiles in [700, 350, 400, 360, 350, 350] {
            #expect(judge.judge(report(), fullTiles: tiles, fullMilliseconds: 10_000) == nil)
        }
        for _ in 0..<5 {
            #expect(judge.judge(report(network: "larger"), fullTiles: 20, fullMilliseconds: 10_000) == nil)
        }
    }

    @Test("a card that four workers share gives each a quarter, and is well")
    func shared() {
        var judge = CardJudge()
        #expect(judge.judge(report(), fullTiles: 700, fullMilliseconds: 10_000) == nil)
        for _ in 0..<9 { #expect(judge.judge(report(), fullTiles: 175, fullMilliseconds: 10_000, workers: 4) == nil) }
        let slow = (0..<3).map { _ in judge.judge(report(), fullTiles: 40, fullMilliseconds: 10_000, workers: 4) }
        #expect(slow.last != .some(nil))
    }

    @Test("time without full batches says nothing of the speed")
    func starved() {
        var judge = CardJudge()
        for _ in 0..<3 { #expect(judge.judge(report(), fullTiles: 700, fullMilliseconds: 10_000) == nil) }
        for _ in 0..<100 { #expect(judge.judge(report()) == nil) }
    }
}
