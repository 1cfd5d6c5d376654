import Concurrency
import Counting
import Density
import Inference
import Telemetry

/// The launches of a measurement, made once more with nothing beside them, in turns with it.
///
/// After so many launches of its own the measured way is held up, and when it is at rest as many of the same sizes are
/// made alone. Machines that others use are now the faster and now the slower, for tens of seconds: turns of a few
/// seconds meet both alike.
final class InferenceAlone: Sendable {
    private struct State {
        /// Tiles in each launch of this turn.
        var launches: [Int] = []
        /// Those of the first launches.
        var kept: [[Tile]] = []
        var running = 0
        var isHeld = false
        var waiting: [CheckedContinuation<Void, Never>] = []
        var outcome = Outcome()
        var failure: (any Error)?
    }

    /// What the turns came to.
    struct Outcome {
        /// How long the launches alone took.
        var alone = Duration.zero
        /// For how long the measured way was held up, and what this process computed meanwhile.
        var held = Duration.zero
        var heldProcessorSeconds = 0.0
    }

    /// Launches of a turn: what was made ready while it waited is a small part of them.
    private static let turn = 100
    /// Until what goes on beside the launches has come to rest.
    private static let settling = Duration.milliseconds(300)
    /// Launches whose tiles are kept: what is in a tile does not change its time. Few, for memory that is never given back
    /// has to be had anew from the system, which would be the time of this and not of what is measured.
    private static let kept = 8

    private let state = Locked(State())

    /// A factory whose engines are held up for the turns.
    func takingTurns(with engines: EngineFactory) -> EngineFactory {
        EngineFactory(identity: engines.identity, networksAtOnce: engines.networksAtOnce) { description in
            TurnTakingEngine(engine: try await engines.load(description), alone: self)
        }
    }

    /// What the turns came to, all launches of the engine that was closed included; `nil` where there were none.
    /// - Throws: what ended a launch alone.
    func outcome() throws -> Outcome? {
        let (outcome, failure) = state.withLock { ($0.outcome, $0.failure) }
        if let failure { throw failure }
        return outcome.alone > .zero ? outcome : nil
    }

    fileprivate func launch(
        _ tiles: [Tile], on engine: any InferenceEngine
    ) async throws(InferenceError) -> [DensityMap] {
        await begin(tiles)
        let outcome: Result<[DensityMap], InferenceError>
        do throws(InferenceError) {
            outcome = .success(try await engine.densities(of: tiles))
        } catch {
            outcome = .failure(error)
        }
        if end() { await takeTurn(on: engine) }
        return try outcome.get()
    }

    private func begin(_ tiles: [Tile]) async {
        while true {
            let isFree = state.withLock { state in
                guard !state.isHeld else { return false }
                state.launches.append(tiles.count)
                if state.kept.count < Self.kept { state.kept.append(tiles) }
                state.running += 1
                state.isHeld = state.launches.count >= Self.turn
                return true
            }
            if isFree { return }
            await withCheckedContinuation { continuation in
                let isHeld = state.withLock { state in
                    if state.isHeld { state.waiting.append(continuation) }
                    return state.isHeld
                }
                if !isHeld { continuation.resume() }
            }
        }
    }

    /// - Returns: whether it is the turn of the launches alone.
    private func end() -> Bool {
        state.withLock { state in
            state.running -= 1
            return state.isHeld && state.running == 0
        }
    }

    /// Makes the launches alone that were made since the last turn.
    fileprivate func takeTurn(on engine: any InferenceEngine) async {
        let (launches, kept) = state.withLock { ($0.launches, $0.kept) }
        guard !launches.isEmpty else { return }
        let (clock, processor) = (ContinuousClock(), ProcessUsage.cpuSeconds)
        let began = clock.now
        try? await Task.sleep(for: Self.settling)
        let started = clock.now
        var failure: (any Error)?
        do {
            try await Self.make(launches, of: kept, on: engine)
        } catch {
            failure = error
        }
        let ended = clock.now
        let waiting = state.withLock { state in
            state.outcome.alone += started.duration(to: ended)
            state.outcome.held += began.duration(to: ended)
            state.outcome.heldProcessorSeconds += ProcessUsage.cpuSeconds - processor
            state.failure = state.failure ?? failure
            state.launches = []
            state.isHeld = false
            defer { state.waiting = [] }
            return state.waiting
        }
        waiting.forEach { $0.resume() }
    }

    /// Makes launches of these sizes, as many at once as the engine bears.
    private static func make(_ launches: [Int], of kept: [[Tile]], on engine: any InferenceEngine) async throws {
        let next = Locked(0)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<engine.launchesAtOnce {
                group.addTask {
                    while true {
                        let index = next.withLock { next in
                            defer { next += 1 }
                            return next
                        }
                        guard index < launches.count else { return }
                        let tiles = kept[index % kept.count]
                        // The same size, of tiles that are there.
                        _ = try await engine.densities(of: (0..<launches[index]).map { tiles[$0 % tiles.count] })
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}

private struct TurnTakingEngine: InferenceEngine {
    let engine: any InferenceEngine
    let alone: InferenceAlone

    var identity: EngineIdentity { engine.identity }
    var geometry: NetworkGeometry { engine.geometry }
    var launchesAtOnce: Int { engine.launchesAtOnce }
    var usage: EngineUsage { engine.usage }

    func densities(of tiles: [Tile]) async throws(InferenceError) -> [DensityMap] {
        try await alone.launch(tiles, on: engine)
    }

    func health() async throws(InferenceError) -> CardHealth { try await engine.health() }

    func close() async {
        // What is left of them.
        await alone.takeTurn(on: engine)
        await engine.close()
    }
}
