import Testing

@testable import Coordinator

@Suite struct CrashLoopTests {
    private let start = ContinuousClock.now

    @Test("the first worker is back at once, later ones a little later, none later than two seconds")
    func delays() {
        var loop = CrashLoop()
        let delays = (0..<10).map { number in
            loop.note(isFault: false, at: start + .seconds(number))
        }
        #expect(delays.first == .restart(after: .milliseconds(250)))
        #expect(delays.dropFirst().first == .restart(after: .milliseconds(500)))
        #expect(delays.last == .restart(after: .seconds(2)))
    }

    @Test("the fifth fault within a minute is one too many")
    func quarantine() {
        var loop = CrashLoop()
        for number in 0..<4 {
            guard case .restart = loop.note(isFault: true, at: start + .seconds(14 * number)) else {
                Issue.record("quarantined after \(number + 1)")
                return
            }
        }
        #expect(loop.note(isFault: true, at: start + .seconds(59)) == .quarantine)
    }

    @Test("five faults over more than a minute are forgiven")
    func slowly() {
        var loop = CrashLoop()
        for number in 0..<20 {
            #expect(loop.note(isFault: true, at: start + .seconds(15 * number)) != .quarantine)
        }
    }

    @Test("a hundred kills from outside never quarantine a card")
    func kills() {
        var loop = CrashLoop()
        for number in 0..<100 {
            #expect(loop.note(isFault: false, at: start + .milliseconds(100 * number)) != .quarantine)
        }
    }

    @Test("a release forgives everything")
    func forgiven() {
        var loop = CrashLoop()
        for _ in 0..<5 { _ = loop.note(isFault: true, at: start) }
        loop.forgive()
        #expect(loop.note(isFault: true, at: start) == .restart(after: .milliseconds(250)))
    }
}
