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

        init(scope: ClaimScope, timing: ClaimTiming) {
            self.scope = scope
            self.timing = timing
        }

        /// - Parameters:
        ///   - last: the last image of the shard that is still the worker's; `nil` where the lease is gone.
        ///   - written: the images whose results the database has from this worker.
        mutating func wrote(_ record: ShardLedger.Record, last: Int?, written: Set<Int>) {
            progress.add(record, written: written)
            ledger.wrote(record.lease)
            if let last {
                ledger.keep(record.lease, upTo: last)
            } else {
                ledger.drop([record.lease])
            }
        }

        /// A third of what is in hand takes; the most where that is not known.
        func timeToRecord(within bounds: ClosedRange<Duration>) -> Duration {
            guard let rate = rate.value, ledger.inHand > 0 else { return bounds.upperBound }
            return min(max(.seconds(Double(ledger.inHand) / rate / 3), bounds.lowerBound), bounds.upperBound)
        }
    }
}
