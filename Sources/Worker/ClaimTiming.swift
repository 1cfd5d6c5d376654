import Archive

/// When a worker asks for shards, and for which.
///
/// A pure value: no clock, no task. A worker asks ahead, once everything it claimed was started, so that the next
/// shard's pictures are fetched while the last of this are computed. Where there was nothing it asks again as soon as it
/// is idle, then more and more seldom; a notice lets it ask at once. What is more urgent than what it holds, and then
/// what others gave back, it takes before that, however much it holds: one share of each, and the next when all of that
/// was started.
struct ClaimTiming: Sendable {
    /// How long a notice that something was given back lets it ask for that before anything else: as long as the queue
    /// knows of it. What is not taken then waits among the rest.
    private static let callLasts: Duration = .seconds(30)

    /// Between two questions of an idle worker, from first to last.
    let pauses: ClosedRange<Duration>
    /// True after an answer that there was nothing.
    private(set) var isDry = false

    private var nextAt: ContinuousClock.Instant?
    private var mayAskWhenIdle = true
    private var isWoken = false
    private var isCalled = false
    private var callEndsAt: ContinuousClock.Instant?
    private var isUrgent = false
    private var pause: Duration

    init(_ settings: WorkerSettings) {
        // One that is to end once nothing is left must not miss that.
        let longest = settings.drain ? settings.idleInterval : settings.longestIdleInterval
        pauses = settings.idleInterval...max(settings.idleInterval, longest)
        pause = pauses.lowerBound
    }

    mutating func heard(_ notice: WorkNotice, at now: ContinuousClock.Instant) {
        isWoken = true
        switch notice {
        case .work: break
        case .returned: (isCalled, callEndsAt) = (true, now + Self.callLasts)
        case .urgent: isUrgent = true
        }
    }

    /// - Parameters:
    ///   - inFlight: images under way.
    ///   - width: images that may be.
    /// - Returns: what to ask now; `nil` for nothing.
    mutating func question(
        of ledger: ShardLedger, inFlight: Int, width: Int, at now: ContinuousClock.Instant
    ) -> ClaimQuestion? {
        // One share after the other, so that all get theirs. A notice that comes before the answer is to count.
        if isUrgent {
            // One that holds nothing asks for the next, which is the most urgent there is.
            if ledger.unstarted > 0 {
                guard ledger.unstarted(of: .urgent) == 0 else { return nil }
                isUrgent = false
                return .urgent
            }
        } else if isCalled, callEndsAt.map({ now < $0 }) ?? false {
            guard ledger.unstarted(of: .urgent) + ledger.unstarted(of: .returned) == 0 else { return nil }
            isCalled = false
            return .returned
        }
        guard ledger.unstarted == 0, inFlight < width else { return nil }
        let isDue = nextAt.map { now >= $0 } ?? true
        guard isWoken || isDue || (inFlight == 0 && mayAskWhenIdle) else { return nil }
        mayAskWhenIdle = inFlight > 0
        isWoken = false
        return .next
    }

    /// - Parameter spread: factor for the pause, about 1.
    mutating func answered(
        _ question: ClaimQuestion, isEmpty: Bool, at now: ContinuousClock.Instant, spread: Double = 1
    ) {
        switch question {
        case .returned:
            isCalled = isCalled || !isEmpty
        case .urgent:
            isUrgent = isUrgent || !isEmpty
        case .next:
            isDry = isEmpty
            guard isEmpty else {
                (nextAt, pause, mayAskWhenIdle) = (nil, pauses.lowerBound, true)
                return
            }
            nextAt = now + pause * spread
            pause = min(pause * 2, pauses.upperBound)
        }
    }
}
