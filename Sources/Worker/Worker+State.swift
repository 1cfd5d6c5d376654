import Archive

extension Worker {
    /// An image of a run.
    struct ImageKey: Hashable {
        let run: Int
        let image: Int
    }

    /// What the tasks of a worker share.
    struct State {
        var ledger = ShardLedger()
        var unwritten = UnwrittenQueue()
        /// When that is tried again.
        var retryAt: ContinuousClock.Instant?
        var progress = WorkerProgress()
        var scope: ClaimScope
        var stopping = false
        /// The time for finishing is over: what is in flight is given up.
        var graceIsOver = false
        /// When it will be; `nil` before the worker is to stop.
        var graceEnds: ContinuousClock.Instant?
        /// Why the worker ends though nobody stopped it.
        var failure: (any Error)?
        /// Images that nobody foresaw the end of, since the last that was counted.
        var unforeseen: Set<ImageKey> = []
        /// Images whose counts the database refused, since it last took one.
        var refusedInARow: Set<CountSource> = []
        /// Images whose counts the database refused and took none of since.
        var refused: Set<CountSource> = []
        var rate = CountingRate()
        var timing: ClaimTiming
        /// True while an answer to a question is awaited.
        var isClaiming = false

        init(scope: ClaimScope, timing: ClaimTiming) {
            self.scope = scope
            self.timing = timing
        }

        /// Takes in an end that nobody foresaw.
        /// - Returns: true where these are so many that the worker is at fault.
        mutating func noteUnforeseen(_ work: ShardLedger.Work) -> Bool {
            unforeseen.insert(ImageKey(run: work.run, image: work.image.number))
            return unforeseen.count > Worker.mostUnforeseen
        }

        /// A count was refused; whether it is to blame is judged once those beside it were tried.
        mutating func refuse(_ image: CountSource) {
            // Of so many none is worth being remembered.
            if refused.count >= Worker.knownCounts { refused = [] }
            refused.insert(image)
        }

        /// Takes in counts that were refused together.
        /// - Parameters:
        ///   - before: the images whose counts were refused before these were tried.
        ///   - besideTaken: true where others were taken that were tried with them.
        mutating func blame(
            for images: Set<CountSource>, before: Set<CountSource>, besideTaken: Bool
        ) -> RefusalBlame {
            guard !besideTaken else { return .images(images) }
            refusedInARow.formUnion(images)
            guard refusedInARow.count <= Worker.mostRefused else { return .database(images: refusedInARow.count) }
            return .images(images.intersection(before))
        }

        /// - Parameters:
        ///   - last: the last image of the shard that is still the worker's; `nil` where the lease is gone.
        ///   - written: the images whose results the database has from this worker.
        mutating func wrote(_ record: ShardLedger.Record, last: Int?, written: Set<Int>) {
            progress.add(record, written: written)
            let taken = record.counts.filter { written.contains($0.image) }
            if !taken.isEmpty { refusedInARow = [] }
            refused.subtract(taken.map { CountSource(run: record.run, image: $0.image) })
            if record.finish { ledger.wrote(record.lease) }
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
