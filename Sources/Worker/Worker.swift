public import Archive
import Concurrency
public import Counting
import Density
public import Fetch
public import Imaging
import Inference
public import Models
import Postgres

/// One worker: claims shards, counts their images and writes the results, until it is drained, stopped or cancelled.
///
/// `run()` owns every task. Three of them share the ledger of shards: one counts, one writes results every second, one
/// renews the leases. Stopping lets what is in flight finish and gives the rest back; cancelling the task of `run()`
/// drops what is in flight and gives everything back. A worker that is killed gives back nothing: its leases run out.
public final class Worker: Sendable {
    private struct State {
        var ledger = ShardLedger()
        var progress = WorkerProgress()
        var scope: ClaimScope
        var stopping = false
        var failure: WorkerError?
    }

    private let archive: Archive
    private let registration: WorkerRegistration
    private let networks: NetworkCache
    private let counter: ImageCounter
    private let settings: WorkerSettings
    private let onProgress: @Sendable (WorkerProgress) -> Void
    private let state: Locked<State>
    private let clock = ContinuousClock()
    /// Wakes the recording where a shard is finished.
    private let recordNudge = Nudge()
    /// Wakes the counting where an image is settled, or where it is to stop.
    private let countNudge = Nudge()
    /// Results are written by one task at a time: a shard's last ones must not overtake those before.
    private let recording = Gate(limit: 1)

    /// - Parameters:
    ///   - archive: the worker's own connection.
    ///   - registration: what the worker says of itself.
    ///   - onProgress: called after every image, from any thread.
    public init(
        archive: Archive, registration: WorkerRegistration, engines: EngineFactory, store: ModelStore,
        fetcher: Fetcher, decoder: PictureDecoder, settings: WorkerSettings,
        onProgress: @escaping @Sendable (WorkerProgress) -> Void = { _ in }
    ) {
        self.archive = archive
        self.registration = registration
        self.settings = settings
        self.onProgress = onProgress
        state = Locked(State(scope: ClaimScope(set: settings.set)))
        networks = NetworkCache(archive: archive, store: store, engines: engines)
        counter = ImageCounter(
            fetcher: fetcher, decoder: decoder, fetches: Gate(limit: settings.fetchesInFlight),
            decodes: Gate(limit: settings.decodesInFlight))
    }

    /// Works until drained or stopped.
    /// - Returns: what was done.
    /// - Throws: `WorkerError`, and errors of the database. `CancellationError` where the task was cancelled.
    public func run() async throws -> WorkerProgress {
        let id = try await archive.register(registration)
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await self.keepLeases(of: id) }
                group.addTask { try await self.keepRecording(for: id) }
                group.addTask { try await self.count(for: id) }
                // Counting came to its end, or one of the three failed.
                try await group.next()
                group.cancelAll()
                // A write that was under way when counting ended may still fail; a statement that was stopped has not.
                while let result = await group.nextResult() {
                    if case .failure(let error) = result, !(error is CancellationError),
                        error as? PostgresError != .cancelled
                    {
                        throw error
                    }
                }
            }
            try await recordWhatIsReady(for: id)
            try await archive.signOff(worker: id)
        } catch {
            // Shielded from the cancellation that may have brought us here. Where the database is what failed, the
            // leases run out by themselves, and the first error is the one to tell.
            await Task { [archive] in try? await archive.signOff(worker: id) }.value
            throw error
        }
        await networks.close()
        let (failure, progress) = state.withLock { ($0.failure, $0.progress) }
        if let failure { throw failure }
        if settings.drain, !progress.declined.isEmpty { throw WorkerError.declined(progress.declined) }
        return progress
    }

    /// Claims nothing more, finishes what is in flight, and gives the rest back. `run()` returns then.
    public func stop() {
        state.withLock { state in
            state.stopping = true
            state.ledger.giveUpUnstarted()
        }
        countNudge.nudge()
    }

    // MARK: Counting

    private func count(for id: Int) async throws {
        try await withThrowingDiscardingTaskGroup { images in
            var nextClaim = clock.now
            while true {
                try Task.checkCancellation()
                let (inFlight, unstarted, stopping) = state.withLock {
                    ($0.progress.inFlight, $0.ledger.unstarted, $0.stopping)
                }
                if inFlight < settings.imagesInFlight {
                    // Claimed ahead, so that the next shard's pictures are fetched while the last of this are computed.
                    if unstarted == 0, !stopping, clock.now >= nextClaim, try await claim(for: id) == 0 {
                        nextClaim = clock.now + settings.idleInterval
                    }
                    if let work = start() {
                        images.addTask { await self.settle(work) }
                        continue
                    }
                    if inFlight == 0 {
                        if stopping { return }
                        if try await recordWhatIsReady(for: id) { continue }
                        if settings.drain, try await isDrained() { return }
                    }
                }
                try await countNudge.wait(atMost: settings.idleInterval)
            }
        }
    }

    private func start() -> ShardLedger.Work? {
        state.withLock { state in
            guard let work = state.ledger.start() else { return nil }
            state.progress.inFlight += 1
            return work
        }
    }

    /// - Returns: how many shards were leased.
    private func claim(for id: Int) async throws -> Int {
        let scope = state.withLock { $0.scope }
        let shards = try await archive.claim(worker: id, lease: settings.lease, shards: 1, from: scope)
        state.withLock { state in
            state.ledger.add(shards)
            if state.stopping { state.ledger.giveUpUnstarted() }
        }
        return shards.count
    }

    private func isDrained() async throws -> Bool {
        try await archive.isDrained(engine: registration.engine, scope: state.withLock { $0.scope })
    }

    private func settle(_ work: ShardLedger.Work) async {
        let outcome = await outcome(of: work)
        let (progress, isFinished) = state.withLock { state in
            state.progress.inFlight -= 1
            if state.ledger.holds(work.lease) { state.progress.add(outcome) }
            return (state.progress, state.ledger.settle(work, outcome))
        }
        onProgress(progress)
        if isFinished { recordNudge.nudge() }
        countNudge.nudge()
    }

    private func outcome(of work: ShardLedger.Work) async -> ShardLedger.Outcome {
        do {
            return try await networks.withNetwork(ofRun: work.run) { [counter, state] network, plan in
                .count(
                    try await counter.count(work.image, with: network, plan: plan) {
                        state.withLock { $0.ledger.holds(work.lease) }
                    })
            }
        } catch {
            switch Verdict(error) {
            case .failure(let failure, let detail, let askedDelay):
                return .failure(
                    FailureResult(
                        image: work.image.number, attempt: work.image.attempts + 1, failure: failure, detail: detail,
                        askedDelay: askedDelay))
            case .giveUp:
                return .givenUp
            case .decline(let reason):
                decline(work.run, reason)
                return .givenUp
            case .stop(let failure):
                state.withLock { $0.failure = $0.failure ?? failure }
                stop()
                return .givenUp
            }
        }
    }

    /// Leaves a run whose network cannot be loaded here to workers that can.
    private func decline(_ run: Int, _ reason: String) {
        state.withLock { state in
            state.scope.declinedRuns.insert(run)
            state.progress.declined[run] = reason
            state.ledger.giveUpUnstarted(ofRun: run)
        }
    }

    // MARK: Writing and renewing

    private func keepRecording(for id: Int) async throws {
        while true {
            try await recordNudge.wait(atMost: settings.recordInterval)
            // Shielded: results that left the ledger are written even where this task is cancelled meanwhile.
            _ = try await Task { try await self.recordWhatIsReady(for: id) }.value
        }
    }

    /// - Returns: true where there was something to write.
    @discardableResult
    private func recordWhatIsReady(for id: Int) async throws -> Bool {
        try await recording.withPlace {
            let records = state.withLock { $0.ledger.take() }
            for record in records {
                let held = try await archive.record(
                    record.counts, record.failures, of: record.lease, worker: id, finish: record.finish)
                if !held { state.withLock { $0.ledger.drop([record.lease]) } }
            }
            return !records.isEmpty
        }
    }

    private func keepLeases(of id: Int) async throws {
        while true {
            try await clock.sleep(for: settings.heartbeatInterval)
            let known = state.withLock { $0.ledger.leases }
            let held = try await archive.heartbeat(worker: id, lease: settings.lease)
            // Only what was known before the question was asked: a shard claimed meanwhile is not in the answer.
            state.withLock { $0.ledger.drop(known.subtracting(held)) }
        }
    }
}
