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
/// `run()` owns every task. Three of them share the ledger of shards: one counts, one writes results, one renews
/// the leases. Stopping lets what is in flight finish, for as long as the grace allows, and gives the rest back;
/// cancelling the task of `run()` drops what is in flight and gives everything back. A worker that is killed gives back
/// nothing: its leases run out. While the database is away, what is in flight goes on and its results are kept.
public final class Worker: Sendable {
    /// Counts that are kept for pictures that come again.
    static let knownCounts = 65_536
    /// Images in a row that may end as nobody foresaw before the worker is taken to be at fault, and not they.
    static let mostUnforeseen = 2
    /// Images in a row whose counts the database may refuse before that is taken to be no fault of theirs.
    static let mostRefused = 7

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

    let counter: ImageCounter
    let notices: AsyncStream<WorkNotice>?
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
        networks = NetworkCache(
            database: database, store: store, engines: engines, leastTurn: settings.leastNetworkTurn
        ) { engine in
            BatchingEngine(engine, linger: settings.linger, onLaunch: metrics.counting.note)
        }
        pipeline = Pipeline(settings)
        metrics.declareMemory(of: pipeline)
        let known = Self.known(settings, database, own)
        counter = ImageCounter(
            fetcher: fetcher, decoder: decoder, networks: networks, pipeline: pipeline, known: known,
            settings: settings, metrics: metrics, onEvent: onEvent)
    }

    private static func known(
        _ settings: WorkerSettings, _ database: DatabaseLink, _ own: Locked<Int?>
    ) -> ImageCounter.Known {
        guard settings.dedupe else { return ImageCounter.Known(here: KnownCounts(capacity: 0), elsewhere: nil) }
        let preprocessing = settings.preprocessing
        return ImageCounter.Known(here: KnownCounts(capacity: knownCounts)) { digest, run in
            guard let id = own.withLock({ $0 }) else { return nil }
            let found = try await database.attempt(aboutRun: run) { archive in
                try await archive.knownCount(of: digest, run: run, preprocessing: preprocessing, worker: id)
            }
            return found ?? nil
        }
    }

    /// Works until drained or stopped.
    /// - Returns: what was done.
    /// - Throws: `WorkerError`, and errors of the database. `CancellationError` where the task was cancelled.
    public func run() async throws -> WorkerProgress {
        do {
            return try await withTaskCancellationHandler {
                try await work()
            } onCancel: {
                // Whatever is shielded from the cancellation does not wait for a database that is away.
                database.end(at: clock.now)
            }
        } catch let error as PostgresError where error.isConnectionLost && Task.isCancelled {
            // What could not be given back goes back when the leases end.
            throw CancellationError()
        }
    }

    /// Claims nothing more, finishes what is in flight, and gives the rest back. `run()` returns then.
    public func stop() {
        let end = state.withLock { state in
            state.stopping = true
            state.ledger.giveUpUnstarted()
            let end = state.graceEnds ?? clock.now + settings.grace
            state.graceEnds = end
            return end
        }
        // A database that is away is not waited for beyond that either.
        database.end(at: end)
        recordNudge.nudge()
        stopNudge.nudge()
        countNudge.nudge()
    }

    /// What was done so far, and how it stands.
    public var progress: WorkerProgress {
        var progress = state.withLock { $0.progress }
        for step in ImageStep.allCases { progress.inStep[step] = metrics.images(in: step) }
        progress.laneFill = metrics.laneFill
        return progress
    }

    private func work() async throws -> WorkerProgress {
        let hearing = Task { await keepHearing() }
        defer { hearing.cancel() }
        do {
            while try await !serve() {}
        } catch let error as PostgresError where error.isTransient && isBeyondGrace {
            // It was to end by now, and did all it could: its leases end by themselves.
        }
        let (failure, graceIsOver) = state.withLock { ($0.failure, $0.graceIsOver) }
        if failure != nil || graceIsOver {
            // At once: a device that hangs may never give its memory back, and what is being loaded takes its time. The
            // process ends without.
            Task { [networks] in await networks.close() }
            if let failure { throw failure }
        } else {
            await networks.close()
        }
        let progress = progress
        if settings.drain, !progress.declined.isEmpty { throw WorkerError.declined(progress.declined) }
        return progress
    }

    /// True where a worker that was stopped had its time to finish.
    var isBeyondGrace: Bool { state.withLock { $0.graceEnds }.map { clock.now >= $0 } ?? false }

    /// Registers, and works until there is an end to it.
    /// - Returns: false where somebody signed the worker off meanwhile, though it goes on.
    private func serve() async throws -> Bool {
        let ticket = RegistrationTicket()
        let id = try await database.call { [registration] in try await $0.register(registration, by: ticket) }
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
            return true
        } catch ArchiveError.signedOff {
            // What it held is with others, or will be. Whoever is about to end has nothing left to do.
            let isStopping = state.withLock { state in
                state.ledger.drop(state.ledger.leases)
                state.unwritten = UnwrittenQueue()
                return state.stopping
            }
            if !isStopping { onEvent(.signedOff(worker: id)) }
            return isStopping
        } catch {
            // Shielded from the cancellation that may have brought us here. Where the database is what failed, the
            // leases run out by themselves, and the first error is the one to tell.
            database.end(at: clock.now)
            await Task { [database] in try? await database.callLast { try await $0.signOff(worker: id) } }.value
            throw error
        }
    }
}
