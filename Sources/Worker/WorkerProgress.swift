public import Archive

/// What a worker did so far.
public struct WorkerProgress: Sendable {
    /// Images counted.
    public private(set) var counted = 0
    /// Attempts that failed, by class.
    public private(set) var failures: [FailureClass: Int] = [:]
    /// Images between fetching and their count at the moment.
    public internal(set) var inFlight = 0
    /// Runs whose network this worker cannot load, and why; it leaves them to others.
    public internal(set) var declined: [Int: String] = [:]
    /// Bytes of the pictures that were counted.
    public private(set) var bytes = 0

    /// Attempts that failed.
    public var failed: Int { failures.values.reduce(0, +) }

    mutating func add(_ outcome: ShardLedger.Outcome) {
        switch outcome {
        case .count(let count):
            counted += 1
            bytes += count.pictureBytes
        case .failure(let failure):
            failures[failure.failure, default: 0] += 1
        case .givenUp:
            break
        }
    }
}
