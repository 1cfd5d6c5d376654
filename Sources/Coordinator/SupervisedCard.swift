import Archive
import Supervision

/// A card as the supervisor of its workers knows it.
struct SupervisedCard {
    var record: CardRecord
    var crashes = CrashLoop()
    var judge = CardJudge()
    /// No worker starts before.
    var notBefore: ContinuousClock.Instant?
    /// What was counted since the last sample.
    var sample: CardSample
    /// Set when this process decided to keep the card out of work, until the table says so too.
    var isCondemned = false
    /// Set when the host no longer has the card; it is forgotten once it has no workers.
    var isGone = false
    /// Since this state was made, for whoever looks on.
    var images = 0
    var tiles = 0
    var emptyLanes = 0
    var busyMilliseconds = 0
    var endings = 0
    var readings = CardReadings()

    /// A worker on it told of itself.
    mutating func note(_ report: WorkerReport, since before: WorkerReport) {
        sample.add(report, since: before)
        images += report.counted - before.counted
        tiles += report.tiles - before.tiles
        emptyLanes += report.emptyLanes - before.emptyLanes
        busyMilliseconds += report.busyMilliseconds - before.busyMilliseconds
        readings.take(report)
    }

    /// Workers that are to run on it.
    var wanted: Int { record.quarantine == nil && !isCondemned && !isGone ? record.desiredWorkers : 0 }
}

extension CardRecord {
    /// What is wanted of it.
    var words: String {
        if let quarantine { return "kept out of work: \(quarantine)" }
        return "\(desiredWorkers) \(desiredWorkers == 1 ? "worker" : "workers") wanted"
            + (problem.map { ", but it cannot be opened: \($0)" } ?? "")
    }
}

extension CardSample {
    fileprivate mutating func add(_ report: WorkerReport, since before: WorkerReport) {
        images += report.counted - before.counted
        tiles += report.tiles - before.tiles
        busyMilliseconds += report.busyMilliseconds - before.busyMilliseconds
        emptyLanes += report.emptyLanes - before.emptyLanes
        readings.take(report)
    }
}
