public import Archive

/// What a worker did so far.
public struct WorkerProgress: Sendable {
    /// Images whose count was written: those that went to another worker meanwhile are not among them.
    public private(set) var counted = 0
    /// Attempts whose failure was written, by class.
    public private(set) var failures: [FailureClass: Int] = [:]
    /// Images between fetching and their count at the moment.
    public internal(set) var inFlight = 0
    /// Runs whose network this worker cannot load, and why; it leaves them to others.
    public internal(set) var declined: [Int: String] = [:]
    /// Images in each step at the moment.
    public internal(set) var inStep: [ImageStep: Int] = [:]
    /// Places for tiles that held one, of all in the launches so far; `nil` before the first.
    public internal(set) var laneFill: Double?
    /// Images that are left in the worker's runs, when that was last asked; `nil` before.
    public internal(set) var pending: Int?
    /// Images a second over all workers of these runs, when that was last asked.
    public internal(set) var clusterRate: Double?
    /// Bytes of the pictures that were counted.
    public private(set) var bytes = 0

    /// Attempts whose failure was written.
    public var failed: Int { failures.values.reduce(0, +) }

    /// - Parameter written: the images among these whose results were written.
    mutating func add(_ record: ShardLedger.Record, written: Set<Int>) {
        for count in record.counts where written.contains(count.image) {
            counted += 1
            bytes += count.pictureBytes
        }
        for failure in record.failures where written.contains(failure.image) {
            failures[failure.failure, default: 0] += 1
        }
    }
}
