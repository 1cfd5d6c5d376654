import Archive
import Concurrency
import Fetch
import Postgres
import Telemetry

/// How a worker has its results written.
extension Worker {
    /// How long nothing that is locked is tried again: each try holds up whatever else is asked of the database.
    private static let lockedRest = Duration.seconds(5)

    func keepRecording(for id: Int) async throws {
        while true {
            try await recordNudge.wait(atMost: state.withLock { $0.timeToRecord(within: settings.recordInterval) })
            // Shielded: results that left the ledger are written even where this task is cancelled meanwhile.
            _ = try await Task { try await self.recordWhatIsReady(for: id) }.value
        }
    }

    /// Writes what is settled. A shard that somebody holds a lock on keeps no results of other runs waiting: what is of its
    /// run stays for later, and is tried after all the others.
    /// - Parameter retrying: false where it is not.
    /// - Returns: true where results were written.
    @discardableResult
    func recordWhatIsReady(for id: Int, retrying: Bool = true) async throws -> Bool {
        try await recording.withPlace {
            let free = state.withLock { state in
                let results = state.ledger.take().map(Unwritten.results)
                return state.unwritten.add(state.ledger.takeGivenUp().map(Unwritten.givenUp) + results)
            }
            var isWritten = false
            for var unwritten in free {
                if !state.withLock({ $0.unwritten.holds(run: unwritten.run) }),
                    try await !isLocked(&unwritten, for: id)
                {
                    isWritten = true
                } else {
                    state.withLock { [unwritten] in $0.unwritten.keep(unwritten) }
                }
            }
            while retrying, var first = nextToRetry {
                if try await isLocked(&first, for: id) {
                    state.withLock { [first] state in
                        state.unwritten.postponeFirst(as: first)
                        state.retryAt = clock.now + Self.lockedRest
                    }
                    break
                }
                state.withLock { $0.unwritten.removeFirst() }
                isWritten = true
            }
            return isWritten
        }
    }

    private var nextToRetry: Unwritten? {
        state.withLock { state in
            let now = clock.now
            // In the time for ending there is no other to hold up.
            let isDue = state.graceEnds.map { now < $0 } ?? (state.retryAt.map { now >= $0 } ?? true)
            return isDue ? state.unwritten.first : nil
        }
    }

    /// What a lock keeps from being written is tried until the time for ending is over.
    func recordTheRest(for id: Int) async throws {
        repeat {
            try await recordWhatIsReady(for: id)
        } while state.withLock { !$0.unwritten.isEmpty } && !isBeyondGrace
    }

    /// Writes what can be written.
    /// - Returns: true where somebody's lock is in the way.
    private func isLocked(_ unwritten: inout Unwritten, for id: Int) async throws -> Bool {
        do {
            switch unwritten {
            case .givenUp(let lease, _, let last):
                try await database.call(outlastingLocks: false) {
                    try await $0.giveUp(lease, after: last, worker: id)
                }
            case .results(var record):
                defer { unwritten = .results(record) }
                try await writeAndNote(&record, for: id)
            }
            return false
        } catch let error as PostgresError where error.isOfLock {
            // Once, until all was written.
            if state.withLock({ $0.unwritten.isEmpty }) { onEvent(.resultsLocked(reason: error.description)) }
            return true
        }
    }

    private func writeAndNote(_ record: inout ShardLedger.Record, for id: Int) async throws {
        let (written, last, images) = try await write(&record, for: id)
        let wasHeld = state.withLock { state in
            defer { state.wrote(written, last: last, written: images) }
            return state.ledger.leases.contains(written.lease)
        }
        // Else the heartbeat told of it.
        let isLost = wasHeld && last == nil && images.isEmpty
        if isLost, !(written.counts.isEmpty && written.failures.isEmpty) { noteLost(1) }
        onProgress(progress)
    }

    /// What was written of a record.
    private typealias Written = (record: ShardLedger.Record, last: Int?, images: Set<Int>)

    /// Writes results. What the database refuses for what it is becomes a failure of its image, where it is that image's
    /// alone, and keeps no other from being written.
    /// - Returns: the results as they were written; the last image of the shard that is still the worker's, `nil` where
    ///   the lease is gone; and the images whose results the database has from this worker.
    private func write(_ given: inout ShardLedger.Record, for id: Int) async throws -> Written {
        given = withoutRefused(given)
        do {
            let (last, images) = try await writeWhole(&given, for: id)
            return (given, last, images)
        } catch let error as PostgresError where error.isOfValues {
            let before = state.withLock { $0.refused }
            do {
                return try await writeInPieces(given, refusedBefore: before, for: id)
            } catch let error as PostgresError where error.isOfLock {
                // All of it is tried again, and judged then.
                given.mayBeWritten = true
                state.withLock { $0.refused = before }
                throw error
            }
        }
    }

    private func writeInPieces(
        _ given: ShardLedger.Record, refusedBefore before: Set<CountSource>, for id: Int
    ) async throws -> Written {
        var all: Written = (given, nil, [])
        (all.record.counts, all.record.failures) = ([], [])
        func write(_ piece: ShardLedger.Record) async throws {
            var piece = piece
            let written = try await writeWhole(&piece, for: id)
            all.record.counts += piece.counts
            all.record.failures += piece.failures
            all.last = written.last
            all.images.formUnion(written.images)
        }
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
        _ given: inout ShardLedger.Record, for id: Int
    ) async throws -> (last: Int?, images: Set<Int>) {
        let (record, counts, failures) = (given, given.counts, given.failures)
        var attempts = 0
        // Of several attempts one before the last may have been the one that was written, without an answer.
        defer { given.mayBeWritten = given.mayBeWritten || attempts > 1 }
        let receipt = try await database.call(outlastingLocks: false) { [settings, state] archive -> RecordReceipt? in
            attempts += 1
            func write() async throws -> RecordReceipt? {
                try await archive.record(
                    counts, failures, postponed: record.postponed, of: record.lease, worker: id, finish: record.finish,
                    preprocessing: settings.preprocessing)
            }
            if let receipt = try await write() { return receipt }
            // The lease may be over though nobody took the shard, as after an outage: then it is taken up again first.
            let known = state.withLock { $0.ledger.leases }
            let held = try await archive.heartbeat(worker: id, lease: settings.lease, holding: known)
            return held[record.lease] == nil ? nil : try await write()
        }
        if record.mayBeWritten || attempts > 1 {
            let written = try await database.call(outlastingLocks: false) {
                try await $0.written(counts, failures, ofRun: record.run, worker: id)
            }
            return (receipt?.lastImage, written)
        }
        guard let receipt else { return (nil, []) }
        return (receipt.lastImage, Set(counts.map(\.image) + failures.map(\.image)).subtracting(receipt.leftOut))
    }
}
