/// What becomes of a card whose workers end unasked: tried again, a little later each time, and kept out of work in
/// the end.
struct CrashLoop {
    /// What is to be done after an end.
    enum Verdict: Equatable {
        /// A new worker may start after this time.
        case restart(after: Duration)
        /// The card is kept out of work.
        case quarantine
    }

    /// Ends that are the card's fault, within `window`, that a card is forgiven fewer than.
    static let limit = 5
    static let window: Duration = .seconds(60)
    private static let firstDelay: Duration = .milliseconds(250)
    /// A worker is back within three seconds, its start included.
    private static let longestDelay: Duration = .seconds(2)

    private var ends: [(at: ContinuousClock.Instant, isFault: Bool)] = []

    /// Nothing ended yet.
    init() {}

    /// - Parameter isFault: false where it came from outside, such as a kill: that is no fault of the card.
    mutating func note(isFault: Bool, at now: ContinuousClock.Instant) -> Verdict {
        ends.removeAll { $0.at.duration(to: now) >= Self.window }
        ends.append((now, isFault))
        if ends.count(where: \.isFault) >= Self.limit { return .quarantine }
        let doublings = min(ends.count - 1, 8)
        return .restart(after: min(Self.firstDelay * (1 << doublings), Self.longestDelay))
    }

    /// Forgives everything: the card was released.
    mutating func forgive() {
        ends = []
    }
}
