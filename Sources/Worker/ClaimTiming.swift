import Archive

/// When a worker asks for shards, and for which.
///
/// A pure value: no clock, no task. A worker asks ahead, once everything it claimed was started, so that the next
/// shard's pictures are fetched while the last of this are computed. Where there was nothing it asks again as soon as it
/// is idle, then more and more seldom; a notice lets it ask at once. What others gave back and what is more urgent than
/// what it holds it takes before that, however much it holds: one share, and the next when all of that was started.
struct ClaimTiming: Sendable {
    /// Between two questions of an idle worker, from first to last.
    let pauses: ClosedRange<Duration>
    /// True after an answer that there was nothing.
    private(set) var isDry = false

    private var nextAt: ContinuousClock.Instant?
    private var mayAskWhenIdle = true
    private var isWoken = false
    private var isCalled = false
    private var isUrgent = false
    private var pause: Duration

    init(_ settings: WorkerSettings) {
        // One that is to end once nothing is left must not miss that.
        let longest = settings.drain ? settings.idleInterval : settings.longestIdleInterval
        pauses = settings.idleInterval...max(settings.idleInterval, longest)
        pause = pauses.lowerBound
    }

    mutating func heard(_ notice: WorkNotice) {
        isWoken = true
        isCalled = isCalled || notice == .returned
        isUrgent = isUrgent || notice == .urgent
    }

    /// - Parameters:
    ///   - inFlight: images under way.
    ///   - width: images that may be.
    /// - Returns: what to ask now; `nil` for nothing.
    mutating func question(
        of ledger: ShardLedger, inFlight: Int, width: Int, at now: ContinuousClock.Instant
    ) -> ClaimQuestion? {
        // One share after the other, so that all get theirs.
        if isCalled { return ledger.unstartedAhead == 0 ? .returned : nil }
        if isUrgent, ledger.unstarted > 0 { return ledger.unstartedAhead == 0 ? .urgent : nil }
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
            if isEmpty { isCalled = false }
        case .urgent:
            if isEmpty { isUrgent = false }
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
