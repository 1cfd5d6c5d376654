import Testing

@testable import Archive
@testable import Worker

struct ClaimTimingTests {
    private let start = ContinuousClock.now
    private let settings = WorkerSettings(cores: 1, machineMemory: 1 << 30)

    private func ledger(_ images: Int, as question: ClaimQuestion = .next) -> ShardLedger {
        var ledger = ShardLedger()
        let numbers = (0..<images).map { ClaimedShard.Image(number: $0, url: "http://a", attempts: 0) }
        if images > 0 {
            ledger.add(
                [ClaimedShard(lease: ShardLease(shard: 1, token: 1), run: 1, images: numbers)], as: question)
        }
        return ledger
    }

    private func ask(
        _ timing: inout ClaimTiming, _ ledger: ShardLedger, inFlight: Int, after seconds: Double = 0
    ) -> ClaimQuestion? {
        timing.question(of: ledger, inFlight: inFlight, width: 8, at: start + .seconds(seconds))
    }

    @Test("a worker asks ahead once all it claimed is started, and not while as much is under way as may be")
    func ahead() {
        var timing = ClaimTiming(settings)
        #expect(ask(&timing, ledger(1), inFlight: 3) == nil)
        #expect(ask(&timing, ledger(0), inFlight: 8) == nil)
        #expect(ask(&timing, ledger(0), inFlight: 7) == .next)
        timing.answered(.next, isEmpty: false, at: start)
        #expect(ask(&timing, ledger(0), inFlight: 7) == .next)
    }

    @Test("where there was nothing it asks again once it is idle, then more and more seldom")
    func dry() {
        var timing = ClaimTiming(settings)
        #expect(ask(&timing, ledger(0), inFlight: 3) == .next)
        timing.answered(.next, isEmpty: true, at: start)
        #expect(timing.isDry)
        #expect(ask(&timing, ledger(0), inFlight: 2, after: 0.1) == nil)
        #expect(ask(&timing, ledger(0), inFlight: 0, after: 0.2) == .next)
        timing.answered(.next, isEmpty: true, at: start + .seconds(0.2))
        #expect(ask(&timing, ledger(0), inFlight: 0, after: 0.3) == nil)
        #expect(ask(&timing, ledger(0), inFlight: 0, after: 2.1) == nil)
        #expect(ask(&timing, ledger(0), inFlight: 0, after: 2.25) == .next)
        timing.answered(.next, isEmpty: false, at: start + .seconds(2.25))
        #expect(!timing.isDry)
    }

    @Test("a notice of work lets an idle worker ask at once, and a busy one when it has nothing left to start")
    func noticed() {
        var timing = ClaimTiming(settings)
        #expect(ask(&timing, ledger(0), inFlight: 0) == .next)
        timing.answered(.next, isEmpty: true, at: start)
        timing.heard(.work, at: start)
        #expect(ask(&timing, ledger(1), inFlight: 1) == nil)
        #expect(ask(&timing, ledger(0), inFlight: 1) == .next)
        timing.answered(.next, isEmpty: true, at: start)
        #expect(ask(&timing, ledger(0), inFlight: 1) == nil)
    }

    @Test("of what others gave back it takes one share after the other, before anything else, until nothing is left")
    func returned() {
        var timing = ClaimTiming(settings)
        timing.heard(.returned, at: start)
        #expect(ask(&timing, ledger(50), inFlight: 8) == .returned)
        timing.answered(.returned, isEmpty: false, at: start)
        #expect(ask(&timing, ledger(5, as: .returned), inFlight: 8) == nil)
        #expect(ask(&timing, ledger(50), inFlight: 8) == .returned)
        timing.answered(.returned, isEmpty: true, at: start)
        #expect(ask(&timing, ledger(50), inFlight: 8) == nil)
    }

    @Test("for what is more urgent than what it holds it asks at once, shard after shard, until there is nothing")
    func urgent() {
        var timing = ClaimTiming(settings)
        timing.heard(.urgent, at: start)
        #expect(ask(&timing, ledger(50), inFlight: 8) == .urgent)
        timing.answered(.urgent, isEmpty: false, at: start)
        #expect(ask(&timing, ledger(5, as: .urgent), inFlight: 8) == nil)
        #expect(ask(&timing, ledger(50), inFlight: 8) == .urgent)
        timing.answered(.urgent, isEmpty: true, at: start)
        #expect(ask(&timing, ledger(50), inFlight: 8) == nil)
    }

    @Test("a worker that has nothing left to start asks for the next: that is what is most urgent")
    func urgentWhileIdle() {
        var timing = ClaimTiming(settings)
        timing.answered(.next, isEmpty: true, at: start)
        timing.heard(.urgent, at: start)
        #expect(ask(&timing, ledger(0), inFlight: 1) == .next)
    }

    @Test("what is urgent is asked for before what was given back, and while a share of that waits")
    func urgentBeforeReturned() {
        var timing = ClaimTiming(settings)
        timing.heard(.returned, at: start)
        #expect(ask(&timing, ledger(50), inFlight: 8) == .returned)
        timing.answered(.returned, isEmpty: false, at: start)
        timing.heard(.urgent, at: start)
        #expect(ask(&timing, ledger(5, as: .returned), inFlight: 8) == .urgent)
        timing.answered(.urgent, isEmpty: false, at: start)
        #expect(ask(&timing, ledger(5, as: .urgent), inFlight: 8) == nil)
        #expect(ask(&timing, ledger(5, as: .returned), inFlight: 8) == .urgent)
        timing.answered(.urgent, isEmpty: true, at: start)
        #expect(ask(&timing, ledger(50), inFlight: 8) == .returned)
    }

    @Test("a worker that holds nothing asks for the next before what was given back: that is what is most urgent")
    func urgentBeforeReturnedWhileIdle() {
        var timing = ClaimTiming(settings)
        timing.heard(.returned, at: start)
        timing.heard(.urgent, at: start)
        #expect(ask(&timing, ledger(0), inFlight: 1) == .next)
    }

    @Test("a notice that something was given back does not keep a worker from the rest for ever, however much that is")
    func callEnds() {
        var timing = ClaimTiming(settings)
        timing.heard(.returned, at: start)
        var second = 0
        while ask(&timing, ledger(50), inFlight: 8, after: Double(second)) == .returned {
            timing.answered(.returned, isEmpty: false, at: start + .seconds(second))
            second += 1
            guard second < 3600 else { break }
        }
        #expect(second == 30)
        #expect(ask(&timing, ledger(0), inFlight: 7, after: 30) == .next)
        // Until the next notice.
        timing.heard(.returned, at: start + .seconds(40))
        #expect(ask(&timing, ledger(50), inFlight: 8, after: 40) == .returned)
    }

    @Test("a notice that comes while its question is under way is not lost with an empty answer")
    func noticedMeanwhile() {
        for (notice, question) in [(WorkNotice.returned, ClaimQuestion.returned), (.urgent, .urgent)] {
            var timing = ClaimTiming(settings)
            timing.heard(notice, at: start)
            #expect(ask(&timing, ledger(50), inFlight: 8) == question)
            timing.heard(notice, at: start)
            timing.answered(question, isEmpty: true, at: start)
            #expect(ask(&timing, ledger(50), inFlight: 8) == question)
        }
    }
}
