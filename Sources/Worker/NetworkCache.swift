import Archive
import Concurrency
import Counting
import Density
import Digest
import Inference
import Models
import Postgres

/// The networks of the runs a worker counts for, each loaded once and shared by the runs of its model.
///
/// No more are open than the device bears; `NetworkTurns` says which, and who waits.
actor NetworkCache {
    /// A network and the engine before it, which fills launches across pictures.
    struct Open: Sendable {
        let network: LoadedNetwork
        let engine: BatchingEngine
        /// Of the model's manifest.
        let digest: String
        /// Pictures decoded for it and not yet counted: their pixels take many times the memory of the file they come from,
        /// and more of them than the next launches take make the device no faster.
        let decoded = Gate(limit: PipelineTuning.ready.lowerBound)
    }

    /// A network that is open, or being opened.
    struct Opening: Sendable {
        /// Cuts pictures for the network while it is still loading; `nil` where its manifest cannot be read, which the
        /// loading fails by.
        let cutter: PictureCutter?
        fileprivate let loading: Task<Open, any Error>
        fileprivate let loaded: Locked<Open?>

        /// The network where it is loaded already.
        var networkAtOnce: Open? { loaded.withLock { $0 } }

        /// The network, as soon as it is loaded.
        /// - Throws: `NetworkUnavailable`, a lost connection's error, or the device's; `CancellationError` where the
        ///   task that waits is cancelled, and the network goes on loading for others.
        var network: Open {
            get async throws { try await loading.valueUnlessCancelled }
        }
    }

    private struct Slot {
        let number: Int
        let cutter: PictureCutter?
        let loading: Task<Open, any Error>
        let loaded: Locked<Open?>
    }

    private struct Described {
        var run: Task<RunDescription, any Error>
        /// When to ask again; `nil` while somebody does.
        var isOldFrom: ContinuousClock.Instant?
    }

    private let database: DatabaseLink
    private let store: ModelStore
    private let engines: EngineFactory
    private let batching: @Sendable (any InferenceEngine) -> BatchingEngine
    private let descriptionLasts: Duration
    private let clock = ContinuousClock()
    private var runs: [Int: Described] = [:]
    private var slots: [String: Slot] = [:]
    private var turns: NetworkTurns
    /// By their digests.
    private var models: [String: ModelRecord] = [:]
    private var waiting: [Int: CheckedContinuation<Opening, any Error>] = [:]
    /// When somebody looks again by himself.
    private var alarm: ContinuousClock.Instant?
    /// Of slots and of images; they grow.
    private var lastNumber = 0
    /// Ends when every network that was let go is closed.
    private var closing: Task<Void, Never>?

    /// - Parameters:
    ///   - leastTurn: how long a network serves before it makes room for others, at least.
    ///   - descriptionLasts: how soon it is noticed that a run keeps density maps from now on.
    ///   - batching: puts an engine behind one that fills its launches.
    init(
        database: DatabaseLink, store: ModelStore, engines: EngineFactory, leastTurn: Duration,
        descriptionLasts: Duration = .seconds(60),
        batching: @escaping @Sendable (any InferenceEngine) -> BatchingEngine
    ) {
        self.database = database
        self.store = store
        self.engines = engines
        self.batching = batching
        self.descriptionLasts = descriptionLasts
        turns = NetworkTurns(limit: engines.networksAtOnce, leastTurn: leastTurn)
    }

    /// An image starts that will need the network of a model, unless it is known already. Everyone who is let in here has
    /// to be ended.
    /// - Returns: its number.
    func start(_ model: ModelRecord) -> Int {
        lastNumber += 1
        let image = lastNumber
        models[model.digest] = model
        perform(turns.start(image, for: model.digest))
        return image
    }

    /// The network of an image that was started, once it is its turn; it may still be loading. The image may hold
    /// what it fetched, which others need to begin and not to come to their end. What failed to load is tried again by the next to ask.
    /// - Throws: `CancellationError`.
    func opening(for image: Int) async throws -> Opening {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                // What is cancelled from here on finds the image: it has to wait for this actor.
                guard !Task.isCancelled else { return continuation.resume(throwing: CancellationError()) }
                waiting[image] = continuation
                turns.ask(image)
                advance()
            }
        } onCancel: {
            Task { await self.withdraw(image) }
        }
    }

    /// The image has no more use for its network, or never had.
    func end(_ image: Int) {
        turns.end(image, at: clock.now)
        advance()
    }

    /// Closes every network. Nobody may use one any more.
    func close() async {
        slots.keys.forEach(letGo)
        await closing?.value
    }

    /// Nothing where the image does not wait: it may use its network until it is ended.
    private func withdraw(_ image: Int) {
        guard let continuation = waiting.removeValue(forKey: image) else { return }
        end(image)
        continuation.resume(throwing: CancellationError())
    }

    private func advance() {
        perform(turns.next(at: clock.now))
        guard let look = turns.nextLook(), alarm.map({ look < $0 }) ?? true else { return }
        alarm = look
        Task {
            try? await clock.sleep(until: look)
            if alarm == look { alarm = nil }
            advance()
        }
    }

    private func perform(_ steps: [NetworkTurns.Step]) {
        for step in steps {
            switch step {
            case .close(let digest): letGo(digest)
            case .open(let digest): if let model = models[digest] { open(model) }
            case .admit(let image, let digest):
                guard let slot = slots[digest] else { continue }
                waiting.removeValue(forKey: image)?.resume(
                    returning: Opening(cutter: slot.cutter, loading: slot.loading, loaded: slot.loaded))
            }
        }
    }

    private func open(_ model: ModelRecord) {
        lastNumber += 1
        let number = lastNumber
        let loaded = Locked<Open?>(nil)
        let loading = Task { [database, store, engines, batching, closing] in
            await closing?.value
            let began = clock.now
            do {
                let open = try await Self.load(model, from: database, into: store, by: engines, batching)
                loaded.withLock { $0 = open }
                self.noteLoaded(model.digest, number: number, took: began.duration(to: clock.now))
                return open
            } catch {
                self.forget(model.digest, number: number)
                throw error
            }
        }
        slots[model.digest] = Slot(number: number, cutter: Self.cutter(for: model), loading: loading, loaded: loaded)
    }

    private static func cutter(for model: ModelRecord) -> PictureCutter? {
        guard let manifest = try? ModelManifest(json: Array(model.manifest.utf8), source: "model \(model.name)") else {
            return nil
        }
        return PictureCutter(
            tile: PixelSize(width: manifest.input.width, height: manifest.input.height),
            stride: manifest.output.stride, padding: manifest.preprocessing.padding)
    }

    private func noteLoaded(_ digest: String, number: Int, took: Duration) {
        guard slots[digest]?.number == number else { return }
        turns.loaded(digest, took: took, at: clock.now)
        advance()
    }

    /// What failed to load makes place.
    private func forget(_ digest: String, number: Int) {
        guard slots[digest]?.number == number else { return }
        slots[digest] = nil
        turns.forget(digest)
        advance()
    }

    private func letGo(_ digest: String) {
        guard let slot = slots.removeValue(forKey: digest) else { return }
        closing = Task { [closing] in
            await closing?.value
            await (try? slot.loading.value)?.engine.close()
        }
    }

    /// What a run is, as of late; nobody waits for what is known already to be asked again.
    func description(ofRun id: Int) async throws -> RunDescription {
        if let isOldFrom = runs[id]?.isOldFrom, clock.now >= isOldFrom {
            runs[id]?.isOldFrom = nil
            Task { await refresh(id) }
        }
        let asking =
            runs[id]
            ?? Described(
                run: Task { [database] in try await database.call { try await $0.run(id) } },
                isOldFrom: clock.now + descriptionLasts)
        runs[id] = asking
        do {
            return try await asking.run.valueUnlessCancelled
        } catch is CancellationError where Task.isCancelled {
            throw CancellationError()
        } catch {
            if runs[id]?.run == asking.run { runs[id] = nil }
            throw error
        }
    }

    private func refresh(_ id: Int) async {
        let found = try? await database.attempt { try await $0.run(id) }
        if let found = found ?? nil { runs[id]?.run = Task { found } }
        runs[id]?.isOldFrom = clock.now + descriptionLasts
    }

    /// - Throws: `NetworkUnavailable`, a lost connection's error or one that will pass, or the device's.
    @concurrent
    private static func load(
        _ model: ModelRecord, from database: DatabaseLink, into store: ModelStore, by engines: EngineFactory,
        _ batching: @Sendable (any InferenceEngine) -> BatchingEngine
    ) async throws -> Open {
        do {
            let description = try await store.network(
                of: model.manifest, named: model.name, for: engines.identity.kind
            ) { digest in
                try await database.call { try await $0.modelFile(digest: digest.description) }
            }
            let engine = batching(try await engines.load(description))
            return Open(
                network: LoadedNetwork(
                    name: model.name, engine: engine, padding: description.preprocessing.padding),
                engine: engine, digest: model.digest)
        } catch let error as PostgresError where error.isTransient {
            throw error
        } catch let error as InferenceError where error.isOfDevice {
            // No other network would be better off: it ends the worker.
            throw error
        } catch {
            throw NetworkUnavailable(model: model.name, reason: "\(error)")
        }
    }
}
