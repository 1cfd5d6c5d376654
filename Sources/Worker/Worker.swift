public import Archive
import Concurrency
public import Counting
public import Fetch
public import Imaging
import Inference
public import Models
import Postgres
import Telemetry

/// One worker: claims shards, counts their images and writes the results, until it is drained, stopped or cancelled.
///
/// `run()` owns every task. Three of them share the ledger of shards: one counts, one writes results every second, one
/// renews the leases. Stopping lets what is in flight finish, for as long as the grace allows, and gives the rest back;
/// cancelling the task of `run()` drops what is in flight and gives everything back. A worker that is killed gives back
/// nothing: its leases run out. While the database is away, what is in flight goes on and its results are kept.
public final class Worker: Sendable {
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
    }

    /// Counts that are kept for pictures that come again.
    private static let knownCounts = 65_536

    let database: DatabaseLink
    let registration: WorkerRegistration
    let networks: NetworkCache
    let pipeline: Pipeline
    let settings: WorkerSettings
    let metrics: WorkerMetrics
    let onEvent: @Sendable (WorkerEvent) -> Void
    let state: Locked<State>
    let clock = ContinuousClock()
    /// Wakes the recording where a shard is finished.
    let recordNudge = Nudge()
    /// Wakes the counting where an image is settled, or where it is to stop.
    let countNudge = Nudge()
    /// Wakes what waits for the worker to be stopped.
    let stopNudge = Nudge()
    /// Results are written by one task at a time: a shard's last ones must not overtake those before.
    let recording = Gate(limit: 1)

    private let counter: ImageCounter
    private let notices: AsyncStream<WorkNotice>?
    /// The worker's number, once it is registered.
    private let own = Locked<Int?>(nil)
    let onProgress: @Sendable (WorkerProgress) -> Void

    /// - Parameters:
    ///   - archive: the worker's own connection.
    ///   - registration: what the worker says of itself.
    ///   - notices: what the queue notifies, where somebody passes it on; else the worker listens itself, over a second
    ///     connection.
    ///   - onEvent: told what is worth a line, from any thread.
    ///   - onProgress: called after every image and every write, from any thread.
    public init(
        archive: Archive, registration: WorkerRegistration, engines: EngineFactory, store: ModelStore,
        fetcher: Fetcher, decoder: any PictureDecoding, settings: WorkerSettings,
        metrics: WorkerMetrics = WorkerMetrics(), notices: AsyncStream<WorkNotice>? = nil,
        onEvent: @escaping @Sendable (WorkerEvent) -> Void = { _ in },
        onProgress: @escaping @Sendable (WorkerProgress) -> Void = { _ in }
    ) {
        self.registration = registration
        self.settings = settings
        self.metrics = metrics
        self.notices = notices
        self.onEvent = onEvent
        self.onProgress = onProgress
        state = Locked(State(scope: ClaimScope(set: settings.set), timing: ClaimTiming(settings)))
        database = DatabaseLink(archive, patience: settings.databasePatience) { event in
            if case .databaseAway = event { metrics.databaseUp.set(0) } else { metrics.databaseUp.set(1) }
            onEvent(event)
        }
        networks = NetworkCache(database: database, store: store, engines: engines) { engine in
            BatchingEngine(engine, linger: settings.linger, onLaunch: metrics.counting.note)
        }
        pipeline = Pipeline(settings)
        metrics.declareMemory(of: pipeline)
        let known = Self.known(settings, database, own)
        counter = ImageCounter(
            fetcher: fetcher, decoder: decoder, pipeline: pipeline, known: known, pages: settings.pages,
            metrics: metrics, slowPicture: settings.slowPicture, onEvent: onEvent)
    }

    private static func known(
        _ settings: WorkerSettings, _ database: DatabaseLink, _ own: Locked<Int?>
    ) -> ImageCounter.Known {
        guard settings.dedupe else { return ImageCounter.Known(here: KnownCounts(capacity: 0), elsewhere: nil) }
        let preprocessing = settings.preprocessing
        return ImageCounter.Known(here: KnownCounts(capacity: knownCounts)) { digest, run in
            guard let id = own.withLock({ $0 }) else { return nil }
            let found = try await database.attempt { archive in
                try await archive.knownCount(of: digest, run: run, preprocessing: preprocessing, worker: id)
            }
            return found ?? nil
        }
    }

    /// Works until drained or stopped.
    /// - Returns: what was done.
    /// - Throws: `WorkerError`, and errors of the database. `CancellationError` where the task was cancelled.
    public func run() async throws -> WorkerProgress {
        try await withTaskCancellationHandler {
            try await work()
        } onCancel: {
            // Whatever is shielded from the cancellation does not wait for a database that is away.
            database.end(at: clock.now)
        }
    }

    /// Claims nothing more, finishes what is in flight, and gives the rest back. `run()` returns then.
    public func stop() {
        state.withLock { state in
            state.stopping = true
            state.ledger.giveUpUnstarted()
        }
        stopNudge.nudge()
        countNudge.nudge()
    }

    /// Most bytes that were ever set aside for pictures at once.
    public var peakPictureMemory: Int { pipeline.fetched.peak + pipeline.decoded.peak }

    /// What was done so far, and how it stands.
    public var progress: WorkerProgress {
        var progress = state.withLock { $0.progress }
        for step in ImageStep.allCases { progress.inStep[step] = metrics.images(in: step) }
        progress.laneFill = metrics.laneFill
        return progress
    }

    private func work() async throws -> WorkerProgress {
        let id = try await database.call { [registration] in try await $0.register(registration) }
        own.withLock { $0 = id }
        onEvent(.started(worker: id))
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await self.keepLeases(of: id) }
                group.addTask { try await self.keepRecording(for: id) }
                group.addTask { try await self.keepGrace() }
                group.addTask { try await self.count(for: id) }
                // Counting came to its end, or one of them failed.
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
            try await database.call { try await $0.signOff(worker: id) }
        } catch {
            // Shielded from the cancellation that may have brought us here. Where the database is what failed, the
            // leases run out by themselves, and the first error is the one to tell.
            database.end(at: clock.now)
            await Task { [database] in try? await database.call { try await $0.signOff(worker: id) } }.value
            throw error
        }
        let failure = state.withLock { $0.failure }
        if let failure {
            // Told at once: a device that hangs may never give its memory back, and the process ends without.
            Task { [networks] in await networks.close() }
            throw failure
        }
        await networks.close()
        let progress = progress
        if settings.drain, !progress.declined.isEmpty { throw WorkerError.declined(progress.declined) }
        return progress
    }

    // MARK: Counting

    private func count(for id: Int) async throws {
        let hearing = Task { await keepHearing() }
        defer { hearing.cancel() }
        try await withThrowingDiscardingTaskGroup { images in
            while true {
                try Task.checkCancellation()
                let (inFlight, stopping, graceIsOver, question) = state.withLock { state in
                    (
                        state.progress.inFlight, state.stopping, state.graceIsOver,
                        state.stopping
                            ? nil
                            : state.timing.question(
                                of: state.ledger, inFlight: state.progress.inFlight, width: pipeline.widths.images,
                                at: clock.now)
                    )
                }
                if graceIsOver { images.cancelAll() }
                if let question { try await claim(question, for: id) }
                if inFlight < pipeline.widths.images {
                    if let work = start() {
                        images.addTask { await self.settle(work) }
                        continue
                    }
                    if inFlight == 0 {
                        if stopping { return }
                        if try await recordWhatIsReady(for: id) { continue }
                        if settings.drain, try await isDrained(for: id) { return }
                    }
                }
                try await countNudge.wait(atMost: settings.idleInterval)
            }
        }
    }

    /// Asks at once where somebody says that there is work; where nothing can be heard the polling goes on.
    private func keepHearing() async {
        if let notices {
            for await notice in notices { heard(notice) }
        } else {
            for await notice in database.notices() { heard(notice) }
        }
    }

    private func heard(_ notice: WorkNotice) {
        state.withLock { $0.timing.heard(notice) }
        countNudge.nudge()
    }

    private func start() -> ShardLedger.Work? {
        state.withLock { state in
            guard let work = state.ledger.start() else { return nil }
            state.progress.inFlight += 1
            state.rate.start(at: clock.now)
            return work
        }
    }

    private func claim(_ question: ClaimQuestion, for id: Int) async throws {
        let isAhead = question != .next
        let (scope, rate, inHand) = state.withLock { state in
            // What is ahead does not wait for what was not started.
            (state.scope, state.rate.value, state.ledger.inHand - (isAhead ? state.ledger.unstarted : 0))
        }
        let pace = WorkerPace(rate: rate, inHand: inHand, batch: pipeline.imagesPerLaunch)
        var shards = try await database.call { [settings] in
            try await $0.claim(
                worker: id, lease: settings.lease, from: scope, pace: pace, maySteal: !isAhead, question)
        }
        if settings.dedupe {
            for index in shards.indices { try await findEarlierCounts(of: &shards[index], for: id) }
        }
        state.withLock { state in
            state.ledger.add(shards, isAhead: isAhead)
            // Varied, so that the workers of a fleet do not ask all at once.
            state.timing.answered(question, isEmpty: shards.isEmpty, at: clock.now, spread: .random(in: 0.75...1.25))
            if state.stopping { state.ledger.giveUpUnstarted() }
        }
    }

    /// In a run that counts its set once more: what the server is asked about each picture.
    private func findEarlierCounts(of shard: inout ClaimedShard, for id: Int) async throws {
        // A run that cannot be described fails where its network is asked for.
        guard let run = try? await networks.description(ofRun: shard.run), run.hasKin, !run.keepsDensity else { return }
        let (numbers, of) = (shard.images.map(\.number), shard.run)
        let earlier = try await database.attempt { [settings] in
            try await $0.earlierCounts(of: numbers, run: of, preprocessing: settings.preprocessing, worker: id)
        }
        for index in shard.images.indices { shard.images[index].earlier = earlier?[shard.images[index].number] }
    }

    private func isDrained(for id: Int) async throws -> Bool {
        let scope = state.withLock { $0.scope }
        return try await database.call { try await $0.isDrained(worker: id, scope: scope) }
    }

    private func settle(_ work: ShardLedger.Work) async {
        let outcome = await outcome(of: work)
        let isFinished = state.withLock { state in
            state.progress.inFlight -= 1
            if case .givenUp = outcome {
                state.rate.end(isDone: false, at: clock.now)
            } else {
                state.rate.end(isDone: true, at: clock.now)
            }
            return state.ledger.settle(work, outcome)
        }
        note(outcome, of: work.image)
        onProgress(progress)
        if isFinished { recordNudge.nudge() }
        countNudge.nudge()
    }

    private func note(_ outcome: ShardLedger.Outcome, of image: ClaimedShard.Image) {
        switch outcome {
        case .count:
            metrics.counting.images.add(1, "counted")
        case .failure(let failure):
            metrics.counting.images.add(1, "failed")
            metrics.counting.failures.add(1, failure.failure.rawValue)
            onEvent(.failed(url: Fetcher.redacted(image.url), failure: failure.failure, detail: failure.detail))
        case .givenUp:
            metrics.counting.images.add(1, "given_up")
        }
    }

    private func outcome(of work: ShardLedger.Work) async -> ShardLedger.Outcome {
        do {
            return try await networks.withNetwork(ofRun: work.run) { [counter, state] open, run in
                .count(
                    try await counter.count(work.image, with: open, forRun: work.run, run) {
                        state.withLock { $0.ledger.wants(work) }
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
        let isNew = state.withLock { state in
            state.progress.declined[run] = reason
            state.ledger.giveUpUnstarted(ofRun: run)
            return state.scope.declinedRuns.insert(run).inserted
        }
        if isNew { onEvent(.declined(run: run, reason: reason)) }
    }
}
