import Concurrency
import Testing

/// A wait that is to be ended otherwise is given an hour, one that is to run out next to nothing; no clock is asked.
@Suite(.timeLimit(.minutes(10)))
struct NudgeTests {
    private static let long = Duration.seconds(3600)

    @Test("A nudge before the wait is kept for it; several count as one")
    func nudgesAreKept() async throws {
        let nudge = Nudge()
        for _ in 0..<3 { nudge.nudge() }
        #expect(try await nudge.wait(atMost: Self.long))
        #expect(try await !nudge.wait(atMost: .zero), "a nudge was counted twice")
    }

    @Test("A nudge wakes the task that waits, once")
    func nudgesWake() async throws {
        let nudge = Nudge()
        async let waiting = nudge.wait(atMost: Self.long)
        nudge.nudge()
        #expect(try await waiting)
        #expect(try await !nudge.wait(atMost: .zero), "a nudge was counted twice")
    }

    @Test("A wait ends when its time is over, and often it is before the task has come to wait")
    func waitsEnd() async throws {
        let nudge = Nudge()
        for _ in 0..<30_000 {
            let isNudged = try await nudge.wait(atMost: .zero)
            if isNudged { Issue.record("nobody nudged") }
        }
        #expect(try await !nudge.wait(atMost: .milliseconds(5)))
    }

    @Test("A cancelled task waits no longer, and the nudge it did not take is kept")
    func cancellationThrows() async throws {
        let nudge = Nudge()
        let waiting = Task { try await nudge.wait(atMost: Self.long) }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }

        nudge.nudge()
        let late = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await nudge.wait(atMost: Self.long)
        }
        await #expect(throws: CancellationError.self) { try await late.value }
        #expect(try await nudge.wait(atMost: .zero))
    }

    @Test("Two tasks that nudge each other in turn never miss one")
    func nudgesAreNotLost() async throws {
        let (ping, pong) = (Nudge(), Nudge())
        async let other: Void = {
            for _ in 0..<200 {
                try await ping.wait(atMost: Self.long)
                pong.nudge()
            }
        }()
        for _ in 0..<200 {
            ping.nudge()
            try await pong.wait(atMost: Self.long)
        }
        try await other
    }
}
