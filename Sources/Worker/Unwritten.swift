import Archive

/// What a worker has to tell the database about one of its shards.
enum Unwritten: Sendable {
    /// Images beyond the last go back.
    case givenUp(ShardLease, run: Int, last: Int)
    case results(ShardLedger.Record)

    var lease: ShardLease {
        switch self {
        case .givenUp(let lease, _, _): lease
        case .results(let record): record.lease
        }
    }

    /// How many results it holds.
    var images: Int {
        switch self {
        case .givenUp: 0
        case .results(let record): record.counts.count + record.failures.count
        }
    }

    var run: Int {
        switch self {
        case .givenUp(_, let run, _): run
        case .results(let record): record.run
        }
    }
}
