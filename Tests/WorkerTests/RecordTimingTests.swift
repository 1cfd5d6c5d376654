import Testing

@testable import Archive
@testable import Worker

struct RecordTimingTests {
    private let bounds: ClosedRange<Duration> = .milliseconds(200) ... .seconds(1)

    /// A worker that counts ten images a second, with so many in hand.
    private func state(inHand images: Int) -> Worker.State {
        var state = Worker.State(
            scope: .all, timing: ClaimTiming(WorkerSettings(cores: 1, machineMemory: 1 << 30)))
        let start = ContinuousClock.now
        for tenth in 0..<20 {
            state.rate.start(at: start + .milliseconds(100 * tenth))
            state.rate.end(isDone: true, at: start + .milliseconds(100 * (tenth + 1)))
        }
        let numbers = (0..<images).map { ClaimedShard.Image(number: $0, url: "http://a", attempts: 0) }
        state.ledger.add([ClaimedShard(lease: ShardLease(shard: 1, token: 1), run: 1, images: numbers)])
        return state
    }

    @Test(
        "results are written within a third of what is in hand takes, and within bounds",
        arguments: [(60, 1.0), (15, 0.5), (9, 0.3), (2, 0.2)])
    func often(images: Int, seconds: Double) {
        let time = state(inHand: images).timeToRecord(within: bounds) / .seconds(1)
        #expect(abs(time - seconds) < 1e-6)
    }

    @Test("where nothing is in hand, or no rate is known, nothing is in haste")
    func seldom() {
        #expect(state(inHand: 0).timeToRecord(within: bounds) == .seconds(1))
        var unknown = state(inHand: 9)
        unknown.rate = CountingRate()
        #expect(unknown.timeToRecord(within: bounds) == .seconds(1))
    }
}
