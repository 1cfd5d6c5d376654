import Concurrency
import Telemetry
import Worker

/// The most memory that was in use when a number of pictures was counted.
final class EarlyMemory: Sendable {
    private let count: Int
    private let found = Locked<Int?>(nil)

    init(after count: Int) {
        self.count = count
    }

    func note(_ progress: WorkerProgress) {
        guard progress.counted >= count else { return }
        found.withLock { $0 = $0 ?? ProcessUsage.peakResidentBytes }
    }

    /// Bytes; those at the moment where the pictures were fewer.
    var bytes: Int { found.withLock { $0 } ?? ProcessUsage.peakResidentBytes }
}
