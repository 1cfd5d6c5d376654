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
/// No more are open than the device bears: one that nobody uses is closed before another is loaded, and where all are
/// in use the next one waits until one is free.
actor NetworkCache {
    /// A network and the engine before it, which fills launches across pictures.
    struct Open: Sendable {
        let network: LoadedNetwork
        let engine: BatchingEngine
        /// Of the model's manifest.
        let digest: String
    }

    /// A network that is open, or being opened.
    struct Opening: Sendable {
        /// Of the model's manifest.
        let digest: String
        /// Cuts pictures for the network while it is still loading; `nil` where its manifest cannot be read, which the
        /// loading fails by.
        let cutter: PictureCutter?
        fileprivate let number: Int
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
        var users = 0
        var lastUse = 0
    }

    private let database: DatabaseLink
    private let store: ModelStore
    private let engines: EngineFactory
    private let batching: @Sendable (any InferenceEngine) -> BatchingEngine
    private var runs: [Int: Task<RunDescription, any Error>] = [:]
    private var slots: [String: Slot] = [:]
    private var uses = 0
    /// Ends when every network that was let go is closed.
    private var closing: Task<Void, Never>?
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// - Parameter batching: puts an engine behind one that fills its launches.
    init(
        database: DatabaseLink, store: ModelStore, engines: EngineFactory,
        batching: @escaping @Sendable (any InferenceEngine) -> BatchingEngine
    ) {
        self.database = database
        self.store = store
        self.engines = engines
        self.batching = batching
    }

    /// Runs `body` with the network of a run and what else is known of it. The network may still be loading. What failed
    /// to load is tried again by the next to ask.
    nonisolated func withNetwork<Result: Sendable>(
        ofRun id: Int, _ body: (Opening, RunDescription) async throws -> Result
    ) async throws -> Result {
        let run = try await description(ofRun: id)
        let opening = try await acquire(run.model)
        do {
            let result = try await body(opening, run)
            await release(opening)
            return result
        } catch {
            await release(opening)
            throw error
        }
    }

    /// Closes every network. Nobody may use one any more.
    func close() async {
        slots.keys.forEach(letGo)
        await closing?.value
    }

    private func acquire(_ model: ModelRecord) async throws -> Opening {
        while true {
            if var slot = slots[model.digest] {
                uses += 1
                slot.users += 1
                slot.lastUse = uses
                slots[model.digest] = slot
                return Opening(
                    digest: model.digest, cutter: slot.cutter, number: slot.number, loading: slot.loading,
                    loaded: slot.loaded)
            }
            if slots.count < engines.networksAtOnce {
                open(model)
            } else if let idle = slots.filter({ $0.value.users == 0 }).min(by: { $0.value.lastUse < $1.value.lastUse })
            {
                letGo(idle.key)
            } else {
                let turn = Task<Void, any Error> { await withCheckedContinuation { waiting.append($0) } }
                try await turn.valueUnlessCancelled
            }
        }
    }

    private func open(_ model: ModelRecord) {
        uses += 1
        let number = uses
        let loaded = Locked<Open?>(nil)
        let loading = Task { [database, store, engines, batching, closing] in
            await closing?.value
            do {
                let open = try await Self.load(model, from: database, into: store, by: engines, batching)
                loaded.withLock { $0 = open }
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

    /// What failed to load makes place.
    private func forget(_ digest: String, number: Int) {
        guard slots[digest]?.number == number else { return }
        slots[digest] = nil
        wakeWaiting()
    }

    private func release(_ opening: Opening) {
        guard slots[opening.digest]?.number == opening.number else { return }
        slots[opening.digest]?.users -= 1
        if slots[opening.digest]?.users == 0 { wakeWaiting() }
    }

    private func wakeWaiting() {
        waiting.forEach { $0.resume() }
        waiting = []
    }

    private func letGo(_ digest: String) {
        guard let slot = slots.removeValue(forKey: digest) else { return }
        closing = Task { [closing] in
            await closing?.value
            await (try? slot.loading.value)?.engine.close()
        }
    }

    /// What a run is; asked for once.
    func description(ofRun id: Int) async throws -> RunDescription {
        let asking = runs[id] ?? Task { [database] in try await database.call { try await $0.run(id) } }
        runs[id] = asking
        do {
            return try await asking.valueUnlessCancelled
        } catch is CancellationError where Task.isCancelled {
            throw CancellationError()
        } catch {
            runs[id] = nil
            throw error
        }
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
