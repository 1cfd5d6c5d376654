public import Archive

/// What a worker has to say while it works, beside its progress.
public enum WorkerEvent: Sendable {
    /// The worker is registered and starts to claim.
    case started(worker: Int)
    /// A run is left to other workers.
    case declined(run: Int, reason: String)
    /// An attempt on an image failed; SQL decides whether it is tried again.
    case failed(url: String, failure: FailureClass, detail: String)
    /// An image took long.
    case slow(SlowPicture)
    /// The database does not answer; work in flight waits for it.
    case databaseAway(reason: String)
    /// The database answers again, after so many seconds.
    case databaseBack(seconds: Double)
    /// Somebody holds a lock that results of a run wait for; those of other runs are written meanwhile.
    case resultsLocked(reason: String)
    /// Leases are the worker's no more: they were given back for want of a heartbeat, or their run was cancelled. Its
    /// work on them is thrown away.
    case leasesLost(Int)
    /// Somebody took the worker for dead and signed it off: its work in hand is dropped, and it registers anew.
    case signedOff(worker: Int)
    /// A newer version of the program migrated the database: what is in flight is finished, and the worker ends.
    case outdated(reason: String)
    /// The time for finishing is over; what is in flight is given back.
    case graceOver(images: Int)
}
