import Testing

@testable import Coordinator

@Suite struct AutoscalerTests {
    /// Runs a card for an hour of seconds, its rate given by its number of workers.
    private func settle(
        _ bounds: ClosedRange<Int>, from first: Int, seconds: Int = 3600, isBusy: Bool = true,
        rate: (Int) -> Double
    ) -> [Int] {
        let start = ContinuousClock.now
        var scaler = Autoscaler(bounds, at: start)
        var workers = first
        return (1...seconds).map { second in
            let decided = scaler.decide(
                workers: workers, rate: rate(workers), isBusy: isBusy, at: start + .seconds(second))
            workers = decided ?? workers
            return workers
        }
    }

    @Test("workers are added only while they raise the rate")
    func climbs() {
        // Two feed the card whole; a third adds two per cent.
        let rates = [0, 60.0, 100, 102, 102, 102]
        let history = settle(1...5, from: 1) { rates[$0] }
        #expect(history.contains(2))
        #expect(!history.contains(4))
        // A trial of three, or of one, lasts half a minute of each few.
        #expect(history.count { $0 == 2 } > history.count / 2)
    }

    @Test("workers that add nothing are taken away")
    func shrinks() {
        let history = settle(1...6, from: 6) { _ in 100 }
        #expect(history.last.map { $0 <= 2 } == true)
    }

    @Test("the bounds are kept, also by a card that is outside of them at first", arguments: [1, 3, 7])
    func bounds(_ first: Int) {
        let history = settle(2...4, from: first) { Double($0) * 10 }
        #expect(history.allSatisfy { (2...4).contains($0) })
        #expect(history.last == 4 || history.last == 3)
    }

    @Test("nothing changes while there is nothing to count")
    func idle() {
        #expect(settle(1...8, from: 2, isBusy: false) { Double($0) }.allSatisfy { $0 == 2 })
    }
}
