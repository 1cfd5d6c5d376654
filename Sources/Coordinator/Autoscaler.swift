/// Chooses how many workers a card has: more only while they raise what it counts.
///
/// A pure value, told the newest rate again and again. It measures the present number, tries a neighbour, and keeps
/// what counts more; fewer workers are kept where they count as much. Then it rests and tries the other way.
struct Autoscaler {
    /// A change must settle (processes start, models are loaded) before it is measured.
    static let settling: Duration = .seconds(15)
    static let measuring: Duration = .seconds(20)
    static let resting: Duration = .seconds(120)
    /// One worker more is kept where the rate grows to at least this.
    static let worthwhile = 1.05
    /// One worker less is kept where the rate falls to no less than this.
    static let harmless = 0.98

    private enum Phase {
        /// Waiting for a change to settle, then measuring until the end of it. `rival` is the number that was measured
        /// before, and its rate. May become measuring of another number, or resting.
        case measuring(since: ContinuousClock.Instant, rival: (workers: Int, rate: Double)?)
        /// Content with what there is. Becomes measuring.
        case resting(until: ContinuousClock.Instant)
    }

    let bounds: ClosedRange<Int>
    private var phase: Phase
    private var sum = 0.0
    private var samples = 0
    private var triesMore = true

    /// - Parameter now: the start of the first measurement.
    init(_ bounds: ClosedRange<Int>, at now: ContinuousClock.Instant) {
        self.bounds = bounds
        phase = .measuring(since: now, rival: nil)
    }

    /// - Parameters:
    ///   - workers: the number at present.
    ///   - rate: images per second, just now.
    ///   - isBusy: false where there is nothing to count: a measurement then says nothing.
    /// - Returns: the number that is to be; `nil` for no change.
    mutating func decide(
        workers: Int, rate: Double, isBusy: Bool, at now: ContinuousClock.Instant
    ) -> Int? {
        guard bounds.contains(workers) else {
            begin(at: now, rival: nil)
            return min(max(workers, bounds.lowerBound), bounds.upperBound)
        }
        guard isBusy else {
            begin(at: now, rival: nil)
            return nil
        }
        switch phase {
        case .resting(let end):
            if now >= end { begin(at: now - Self.settling, rival: nil) }
            return nil
        case .measuring(let since, let rival):
            let elapsed = since.duration(to: now)
            guard elapsed >= Self.settling else { return nil }
            sum += rate
            samples += 1
            guard elapsed >= Self.settling + Self.measuring else { return nil }
            return conclude(workers: workers, rate: sum / Double(samples), rival: rival, at: now)
        }
    }

    private mutating func conclude(
        workers: Int, rate: Double, rival: (workers: Int, rate: Double)?, at now: ContinuousClock.Instant
    ) -> Int? {
        if let rival, rival.workers != workers {
            let needed = workers > rival.workers ? Self.worthwhile : Self.harmless
            guard rate >= rival.rate * needed else {
                triesMore.toggle()
                phase = .resting(until: now + Self.resting)
                return rival.workers
            }
        }
        let next = workers + (triesMore ? 1 : -1)
        guard bounds.contains(next) else {
            triesMore.toggle()
            phase = .resting(until: now + Self.resting)
            return nil
        }
        begin(at: now, rival: (workers, rate))
        return next
    }

    private mutating func begin(at now: ContinuousClock.Instant, rival: (workers: Int, rate: Double)?) {
        phase = .measuring(since: now, rival: rival)
        (sum, samples) = (0, 0)
    }
}
