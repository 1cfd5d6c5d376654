import Concurrency
public import Density

/// An engine in front of another that fills its launches with tiles of several pictures.
///
/// Tiles that are handed in at the same time by different tasks share launches, first come, first served; each task gets
/// the maps of its own tiles. The maps are those of the engine behind, bit for bit, since that engine gives the same bits
/// in whatever lane and with whatever batch-mates.
public final class BatchingEngine: InferenceEngine {
    private struct Picture {
        let continuation: CheckedContinuation<Result<[DensityMap], InferenceError>, Never>
        var maps: [DensityMap?]
        var missing: Int
    }

    private struct State {
        var queue: BatchQueue
        var pictures: [UInt64: Picture] = [:]
        var nextPicture: UInt64 = 0
        /// When somebody looks again by himself.
        var alarm: ContinuousClock.Instant?
        /// Since when the device is busy with what has not ended.
        var busySince: ContinuousClock.Instant?
        var pace = DevicePace()
    }

    private let engine: any InferenceEngine
    private let onLaunch: @Sendable (LaunchRecord) -> Void
    private let state: Locked<State>
    private let clock = ContinuousClock()

    /// The engine's behind it.
    public var identity: EngineIdentity { engine.identity }
    /// The engine's behind it.
    public var geometry: NetworkGeometry { engine.geometry }
    /// The engine's behind it.
    public var launchesAtOnce: Int { engine.launchesAtOnce }
    /// The engine's behind it.
    public var usage: EngineUsage { engine.usage }

    /// - Parameters:
    ///   - linger: how long tiles that do not fill a launch wait for others while the device has nothing to do.
    ///   - onLaunch: told of every shared launch that ended well, before its maps are handed out.
    public init(
        _ engine: any InferenceEngine, linger: Duration = .milliseconds(50),
        onLaunch: @escaping @Sendable (LaunchRecord) -> Void = { _ in }
    ) {
        self.engine = engine
        self.onLaunch = onLaunch
        state = Locked(
            State(
                queue: BatchQueue(
                    lanes: engine.geometry.batchSizes.max() ?? 1, launchesAtOnce: engine.launchesAtOnce,
                    linger: linger)))
    }

    /// Pictures of which tiles will come soon.
    var coming: Int { state.withLock { $0.queue.coming } }

    /// Runs `body`, at whose end tiles may be handed in: a launch that is short of tiles waits for them a little.
    public func whileComing<Result: Sendable>(_ body: () async throws -> Result) async rethrows -> Result {
        state.withLock { $0.queue.coming += 1 }
        defer {
            state.withLock { $0.queue.coming -= 1 }
            launchWhatIsDue()
        }
        return try await body()
    }

    /// Runs `body` within a `whileComing` whose tiles no launch is to wait for meanwhile: nobody knows how long it takes.
    public func whileNotComing<Result: Sendable>(_ body: () async throws -> Result) async rethrows -> Result {
        state.withLock { $0.queue.coming -= 1 }
        launchWhatIsDue()
        defer { state.withLock { $0.queue.coming += 1 } }
        return try await body()
    }

    /// Tiles a second while the device was busy of late; `nil` before the first launch ended.
    public var tilesPerBusySecond: Double? {
        state.withLock { state in
            state.pace.tilesPerSecond(after: state.busySince.map { $0.duration(to: clock.now) } ?? .zero)
        }
    }

    /// Computes the density map of each tile, in launches shared with other callers.
    ///
    /// When the task is cancelled, its tiles that were not launched are left out and the call throws at once.
    public func densities(of tiles: [Tile]) async throws(InferenceError) -> [DensityMap] {
        if let stranger = tiles.first(where: { $0.size != geometry.tile }) {
            throw .tileSize(found: "\(stranger.size)", needed: "\(geometry.tile)")
        }
        // An engine that is closed says so also where there is nothing to compute.
        guard !tiles.isEmpty else { return try await engine.densities(of: []) }
        let picture: UInt64 = state.withLock { state in
            state.nextPicture += 1
            return state.nextPicture
        }
        let outcome: Result<[DensityMap], InferenceError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isCancelled = state.withLock { state in
                    // Asked under the lock: a cancellation from here on finds the picture.
                    guard !Task.isCancelled else { return true }
                    state.pictures[picture] = Picture(
                        continuation: continuation, maps: Array(repeating: nil, count: tiles.count),
                        missing: tiles.count)
                    state.queue.add(tiles, of: picture, at: clock.now)
                    return false
                }
                if isCancelled { continuation.resume(returning: .failure(.cancelled)) } else { launchWhatIsDue() }
            }
        } onCancel: {
            end(picture, with: .failure(.cancelled))
        }
        return try outcome.get()
    }

    /// The engine's behind it.
    public func health() async throws(InferenceError) -> CardHealth {
        try await engine.health()
    }

    /// Closes the engine behind; what waits ends with its error.
    public func close() async {
        await engine.close()
        launchWhatIsDue()
    }

    private func launchWhatIsDue() {
        while true {
            let step = state.withLock { state in
                let step = state.queue.next(at: clock.now)
                if case .launch = step, state.busySince == nil { state.busySince = clock.now }
                return step
            }
            switch step {
            case .rest:
                return
            case .wait(let instant):
                lookAgain(at: instant)
                return
            case .launch(let entries):
                // On no caller's task: the tiles are of several, and one that is cancelled must not end the others'.
                Task { await run(entries) }
            }
        }
    }

    private func lookAgain(at instant: ContinuousClock.Instant) {
        let isNew = state.withLock { state in
            if let alarm = state.alarm, alarm <= instant { return false }
            state.alarm = instant
            return true
        }
        guard isNew else { return }
        Task { [weak self] in
            try await Task.sleep(until: instant, clock: .continuous)
            guard let self else { return }
            state.withLock { if $0.alarm == instant { $0.alarm = nil } }
            launchWhatIsDue()
        }
    }

    private func run(_ entries: [BatchQueue.Entry]) async {
        let started = clock.now
        do throws(InferenceError) {
            let maps = try await engine.densities(of: entries.map(\.tile))
            let record = LaunchRecord(
                tiles: entries.count, lanes: geometry.batchSizes.max() ?? 1,
                pictures: Set(entries.map(\.picture)).count, duration: started.duration(to: clock.now))
            finishLaunch(tiles: entries.count)
            // Before the maps: who has all of them knows of every launch.
            onLaunch(record)
            deliver(maps, of: entries)
        } catch {
            finishLaunch(tiles: 0)
            await settle(entries, after: error)
        }
        launchWhatIsDue()
    }

    /// Where pictures shared a launch that failed, each is tried alone, so that one at fault takes no other with it.
    private func settle(_ entries: [BatchQueue.Entry], after error: InferenceError) async {
        let pictures = Dictionary(grouping: entries, by: \.picture)
        guard case .callFailed = error, pictures.count > 1 else {
            pictures.keys.forEach { end($0, with: .failure(error)) }
            return
        }
        for (picture, entries) in pictures {
            do throws(InferenceError) {
                deliver(try await engine.densities(of: entries.map(\.tile)), of: entries)
            } catch {
                end(picture, with: .failure(error))
            }
        }
    }

    private func finishLaunch(tiles: Int) {
        state.withLock { state in
            state.queue.finish()
            guard let since = state.busySince else { return }
            let now = clock.now
            state.pace.add(tiles: tiles, busy: since.duration(to: now))
            state.busySince = state.queue.running == 0 ? nil : now
        }
    }

    private func deliver(_ maps: [DensityMap], of entries: [BatchQueue.Entry]) {
        let whole: [(Picture, [DensityMap])] = state.withLock { state in
            var whole: [(Picture, [DensityMap])] = []
            for (entry, map) in zip(entries, maps) {
                // A picture that was cancelled meanwhile is not there any more.
                guard state.pictures[entry.picture] != nil else { continue }
                state.pictures[entry.picture]?.maps[entry.index] = map
                state.pictures[entry.picture]?.missing -= 1
                if state.pictures[entry.picture]?.missing == 0,
                    let picture = state.pictures.removeValue(forKey: entry.picture)
                {
                    whole.append((picture, picture.maps.compactMap { $0 }))
                }
            }
            return whole
        }
        for (picture, maps) in whole { picture.continuation.resume(returning: .success(maps)) }
    }

    private func end(_ picture: UInt64, with outcome: Result<[DensityMap], InferenceError>) {
        let ended = state.withLock { state in
            state.queue.withdraw(picture)
            return state.pictures.removeValue(forKey: picture)
        }
        ended?.continuation.resume(returning: outcome)
    }
}
