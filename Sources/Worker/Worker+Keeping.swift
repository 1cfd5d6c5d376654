import Archive
import Concurrency
import Fetch
import Postgres
import Telemetry

/// The tasks of a worker beside its counting: writing results, renewing leases, ending in time.
extension Worker {
    func keepRecording(for id: Int) async throws {
        while true {
            try await recordNudge.wait(atMost: state.withLock { $0.timeToRecord(within: settings.recordInterval) })
            // Shielded: results that left the ledger are written even where this task is cancelled meanwhile.
            _ = try await Task { try await self.recordWhatIsReady(for: id) }.value
        }
    }

    /// - Returns: true where there was something to write.
    @discardableResult
    func recordWhatIsReady(for id: Int) async throws -> Bool {
        try await recording.withPlace {
            let (records, given) = state.withLock { ($0.ledger.take(), $0.ledger.takeGivenUp()) }
            for (lease, last) in given {
                try await database.call { try await $0.giveUp(lease, after: last, worker: id) }
            }
            for record in records {
                let (record, last, written) = try await write(record, for: id)
                let wasHeld = state.withLock { state in
                    defer { state.wrote(record, last: last, written: written) }
                    return state.ledger.leases.contains(record.lease)
                }
                // Else the heartbeat told of it.
                let isLost = wasHeld && last == nil && written.isEmpty
                if isLost, !(record.counts.isEmpty && record.failures.isEmpty) { noteLost(1) }
                onProgress(progress)
            }
            return !records.isEmpty
        }
    }

    /// What was written of a record.
    private typealias Written = (record: ShardLedger.Record, last: Int?, images: Set<Int>)

    /// Writes results. What the database refuses for what it is becomes a failure of its image, where it is that image's
    /// alone, and keeps no other from being written.
    /// - Returns: the results as they were written; the last image of the shard that is still the worker's, `nil` where
    ///   the lease is gone; and the images whose results the database has from this worker.
    private func write(_ given: ShardLedger.Record, for id: Int) async throws -> Written {
        let given = withoutRefused(given)
        do {
            let (last, images) = try await writeWhole(given, for: id)
            return (given, last, images)
        } catch let error as PostgresError where error.isOfValues {
            return try await writeInPieces(given, for: id)
        }
    }

    private func writeInPieces(_ given: ShardLedger.Record, for id: Int) async throws -> Written {
        var all: Written = (given, nil, [])
        (all.record.counts, all.record.failures) = ([], [])
        func write(_ piece: ShardLedger.Record) async throws {
            let written = try await writeWhole(piece, for: id)
            all.record.counts += piece.counts
            all.record.failures += piece.failures
            all.last = written.last
            all.images.formUnion(written.images)
        }
        let before = state.withLock { $0.refused }
        var refusals: [Refusal] = []
        let pieces = given.pieces
        for piece in pieces.dropLast() {
            let piece = withoutRefused(piece)
            do {
                try await write(piece)
            } catch let error as PostgresError where error.isOfValues {
                refusals.append((piece, error.description))
                if let source = piece.source {
                    state.withLock { $0.refuse(source) }
                    counter.known.here.forget(from: source)
                }
                continue
            }
            // The lease is gone.
            if all.last == nil { return all }
        }
        let judged = judge(
            refusals, before: before, besideTaken: all.record.counts.contains { all.images.contains($0.image) })
        for piece in judged.failed {
            tell(of: piece)
            try await write(piece)
        }
        if var end = pieces.last {
            end.postponed += judged.postponed
            try await write(end)
        }
        return all
    }

    /// Without what was taken over from counts that were refused, and is to be taken over no more.
    private func withoutRefused(_ record: ShardLedger.Record) -> ShardLedger.Record {
        let refused = state.withLock { $0.refused }
        for source in record.counts.compactMap(\.source) where refused.contains(source) {
            // It may have been counted again since, and that count not be written either.
            counter.known.here.forget(from: source)
        }
        return record.without(countsFrom: refused)
    }

    /// A result, alone, that the database refused, and what it said.
    private typealias Refusal = (piece: ShardLedger.Record, reason: String)

    /// What becomes of refused results: of the first in a row that are refused none is known to be at fault, and of too many
    /// none is, but the worker ends.
    /// - Returns: failures in place of the results, and images that wait untried until more is known.
    private func judge(
        _ refusals: [Refusal], before: Set<CountSource>, besideTaken: Bool
    ) -> (failed: [ShardLedger.Record], postponed: [PostponedImage]) {
        let images = Set(refusals.compactMap(\.piece.source))
        let blame = state.withLock { $0.blame(for: images, before: before, besideTaken: besideTaken) }
        if case .database(let count) = blame {
            end(with: .countsRefused(images: count, reason: refusals.last?.reason ?? ""))
        }
        var failed: [ShardLedger.Record] = []
        var postponed: [PostponedImage] = []
        for refusal in refusals {
            switch (refusal.piece.source, blame) {
            // It goes back with its shard.
            case (.some, .database):
                continue
            case (let source?, .images(let atFault)) where !atFault.contains(source):
                postponed.append(PostponedImage(image: source.image, wait: settings.refusedWait))
            default:
                if let failure = refusal.piece.refused(because: refusal.reason) { failed.append(failure) }
            }
        }
        return (failed, postponed)
    }

    private func tell(of refused: ShardLedger.Record) {
        for failure in refused.failures {
            metrics.counting.failures.add(1, failure.failure.rawValue)
            let url = refused.images[failure.image].map { Fetcher.redacted($0.url) } ?? ""
            onEvent(.failed(url: url, failure: failure.failure, detail: failure.detail))
        }
    }

    private func writeWhole(
        _ given: ShardLedger.Record, for id: Int
    ) async throws -> (last: Int?, images: Set<Int>) {
        let (counts, failures) = (given.counts, given.failures)
        var attempts = 0
        let receipt = try await database.call { [settings, state] archive -> RecordReceipt? in
            attempts += 1
            func record() async throws -> RecordReceipt? {
                try await archive.record(
                    counts, failures, postponed: given.postponed, of: given.lease, worker: id, finish: given.finish,
                    preprocessing: settings.preprocessing)
            }
            if let receipt = try await record() { return receipt }
            // The lease may be over though nobody took the shard, as after an outage: then it is taken up again first.
            let known = state.withLock { $0.ledger.leases }
            let held = try await archive.heartbeat(worker: id, lease: settings.lease, holding: known)
            return held[given.lease] == nil ? nil : try await record()
        }
        // Of several attempts one before the last may have been the one that was written, without an answer.
        if attempts > 1 {
            let written = try await database.call {
                try await $0.written(counts, failures, ofRun: given.run, worker: id)
            }
            return (receipt?.lastImage, written)
        }
        guard let receipt else { return (nil, []) }
        return (receipt.lastImage, Set(counts.map(\.image) + failures.map(\.image)).subtracting(receipt.leftOut))
    }

    func keepLeases(of id: Int) async throws {
        while true {
            try await clock.sleep(for: settings.heartbeatInterval)
            let (known, rate) = state.withLock { ($0.ledger.leases, $0.rate.value) }
            let held = try await database.call { [settings] in
                try await $0.heartbeat(worker: id, lease: settings.lease, holding: known, rate: rate)
            }
            // Only what was known before the question was asked: a shard claimed meanwhile is not in the answer, and
            // one that was finished meanwhile is in the ledger no more.
            let lost = state.withLock { state in
                let lost = known.subtracting(held.keys).filter { state.ledger.holds($0) }
                state.ledger.drop(lost)
                for (lease, last) in held { state.ledger.keep(lease, upTo: last) }
                return lost.count
            }
            if lost > 0 { noteLost(lost) }
            try await lookForNewerSchema()
            try await askForProgress()
        }
    }

    private func noteLost(_ leases: Int) {
        metrics.counting.leasesLost.add(Double(leases))
        onEvent(.leasesLost(leases))
    }

    /// Stops where a newer version of the program is being put in place: this one may not know what its schema asks.
    private func lookForNewerSchema() async throws {
        guard !state.withLock({ $0.stopping }) else { return }
        do {
            try await database.call { try await $0.checkSchema() }
        } catch let error as ArchiveError {
            state.withLock { $0.failure = $0.failure ?? error }
            onEvent(.outdated(reason: error.description))
            stop()
        }
    }

    /// Waits until the worker is stopped, and then as long as what is in flight may take.
    func keepGrace() async throws {
        while !state.withLock({ $0.stopping }) { try await stopNudge.wait(atMost: .seconds(3600)) }
        let end = clock.now + settings.grace
        // A database that is away is not waited for beyond that either.
        state.withLock { $0.graceEnds = end }
        database.end(at: end)
        try await clock.sleep(until: end)
        let inFlight = state.withLock { state in
            state.graceIsOver = true
            return state.progress.inFlight
        }
        onEvent(.graceOver(images: inFlight))
        // What is settled is written while the database is still waited for: what is in flight may take its time to end.
        recordNudge.nudge()
        countNudge.nudge()
        // Ends with the others.
        while true { try await clock.sleep(for: .seconds(3600)) }
    }

    /// What is left in the runs, for whoever looks on.
    private func askForProgress() async throws {
        let set = settings.set
        let rest = try await database.call { try await $0.rest(ofSet: set) }
        state.withLock { state in
            state.progress.pending = rest.pending
            state.progress.clusterRate = rest.imagesPerSecond
        }
    }
}
