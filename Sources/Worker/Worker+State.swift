import Archive

extension Worker {
    /// What the tasks of a worker share.
    struct State {
        var ledger = ShardLedger()
        var progress = WorkerProgress()
        var scope: ClaimScope
        var stopping = false
        /// The time for finishing is over: what is in flight is given up.
        var graceIsOver = false
        /// Why the worker ends though nobody stopped it.
        var failure: (any Error)?
        var rate = CountingRate()
        var timing: ClaimTiming
        /// Shards whose results left the ledger and are not written yet.
        private var writing: Set<ShardLease> = []

        init(scope: ClaimScope, timing: ClaimTiming) {
            self.scope = scope
            self.timing = timing
        }

        /// The leases that are to be renewed. A finished shard is out of the ledger and nevertheless still the worker's: a
        /// heartbeat that left it out would give it back, and its last results with it.
        var holding: Set<ShardLease> { ledger.leases.union(writing) }

        /// Hands out what is to be written. Whoever takes it says what became of it, one after the other.
        mutating func take() -> [ShardLedger.Record] {
            let records = ledger.take()
            writing.formUnion(records.map(\.lease))
            return records
        }

        /// - Parameters:
        ///   - last: the last image of the shard that is still the worker's; `nil` where the lease is gone.
        ///   - written: the images whose results the database has from this worker.
        mutating func wrote(_ record: ShardLedger.Record, last: Int?, written: Set<Int>) {
            writing.remove(record.lease)
            progress.add(record, written: written)
            if let last {
                ledger.keep(record.lease, upTo: last)
            } else {
                ledger.drop([record.lease])
            }
        }

        /// Forgets every shard: the leases ended with the worker's registration.
        mutating func dropAll() {
            ledger.drop(ledger.leases)
            writing = []
        }

        /// A third of what is in hand takes; the most where that is not known.
        func timeToRecord(within bounds: ClosedRange<Duration>) -> Duration {
            guard let rate = rate.value, ledger.inHand > 0 else { return bounds.upperBound }
            return min(max(.seconds(Double(ledger.inHand) / rate / 3), bounds.lowerBound), bounds.upperBound)
        }
    }
}
