import Archive
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

    private struct Slot {
        let loading: Task<Open, any Error>
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

    /// Runs `body` with the network of a run and what else is known of it, loaded first if need be. What failed to load is
    /// tried again by the next to ask.
    nonisolated func withNetwork<Result: Sendable>(
        ofRun id: Int, _ body: (Open, RunDescription) async throws -> Result
    ) async throws -> Result {
        let run = try await description(ofRun: id)
        let network = try await acquire(run.model)
        do {
            let result = try await body(network, run)
            await release(run.model.digest)
            return result
        } catch {
            await release(run.model.digest)
            throw error
        }
    }

    /// Closes every network. Nobody may use one any more.
    func close() async {
        slots.keys.forEach(letGo)
        await closing?.value
    }

    private func acquire(_ model: ModelRecord) async throws -> Open {
        while slots[model.digest] == nil {
            if slots.count < engines.networksAtOnce {
                let loading = Task { [database, store, engines, batching, closing] in
                    await closing?.value
                    return try await Self.load(model, from: database, into: store, by: engines, batching)
                }
                slots[model.digest] = Slot(loading: loading)
            } else if let idle = slots.filter({ $0.value.users == 0 }).min(by: { $0.value.lastUse < $1.value.lastUse })
            {
                letGo(idle.key)
            } else {
                await withCheckedContinuation { waiting.append($0) }
            }
        }
        uses += 1
        slots[model.digest]?.users += 1
        slots[model.digest]?.lastUse = uses
        guard let loading = slots[model.digest]?.loading else { throw CancellationError() }
        do {
            return try await loading.value
        } catch {
            // Tried again by the next to ask, unless somebody asked already.
            if slots[model.digest]?.loading == loading { slots[model.digest] = nil }
            wakeWaiting()
            throw error
        }
    }

    private func release(_ digest: String) {
        slots[digest]?.users -= 1
        if slots[digest]?.users == 0 { wakeWaiting() }
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
            return try await asking.value
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
