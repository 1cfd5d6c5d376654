import Concurrency

/// Until when a connection waits for its server; without end at first.
final class WaitLimit: Sendable {
    private let instant = Locked<ContinuousClock.Instant?>(nil)

    func set(_ instant: ContinuousClock.Instant?) {
        self.instant.withLock { $0 = instant }
    }

    var isOver: Bool { instant.withLock { $0 }.map { ContinuousClock.now >= $0 } ?? false }
}
