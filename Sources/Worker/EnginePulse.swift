/// What an engine is doing: how much it computed, how long it had something to compute, and for how long it has not
/// finished anything.
///
/// A pure value that is told when tiles are handed in and when they come out.
struct EnginePulse: Sendable {
    /// Tiles that were computed.
    private(set) var tiles = 0
    /// Time in which there was something to compute.
    private(set) var busy = Duration.zero
    /// The part of `tiles` that came out while there was at least a full batch of them: by these a device's speed is
    /// judged.
    private(set) var fullTiles = 0
    /// The part of `busy` in which there was.
    private(set) var full = Duration.zero
    /// Network that tiles were handed to last.
    private(set) var network: String?

    private var pending = 0
    private var batch = 1
    private var changedAt: ContinuousClock.Instant?
    /// When something came out last, or went in where nothing was pending.
    private var progressAt: ContinuousClock.Instant?

    /// - Parameter batch: the largest batch of the network.
    mutating func handIn(_ count: Int, to network: String, batch: Int, at now: ContinuousClock.Instant) {
        advance(to: now)
        if pending == 0 { progressAt = now }
        pending += count
        self.network = network
        self.batch = batch
    }

    /// - Parameter count: tiles that came out, well or not; only the first are counted as computed.
    mutating func takeOut(_ count: Int, isComputed: Bool, at now: ContinuousClock.Instant) {
        let wasFull = pending >= batch
        advance(to: now)
        pending -= count
        progressAt = now
        guard isComputed else { return }
        tiles += count
        if wasFull { fullTiles += count }
    }

    /// Time up to now is part of what is told.
    mutating func advance(to now: ContinuousClock.Instant) {
        if let changedAt, pending > 0 {
            busy += changedAt.duration(to: now)
            if pending >= batch { full += changedAt.duration(to: now) }
        }
        changedAt = now
    }

    /// How long nothing came out while something was pending.
    func stuck(at now: ContinuousClock.Instant) -> Duration {
        guard pending > 0, let progressAt else { return .zero }
        return progressAt.duration(to: now)
    }
}
