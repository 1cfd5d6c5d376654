import Concurrency
import Counting
import Density
import Inference

/// The launches of a measurement, to be made once more with nothing beside them.
final class InferenceAlone: Sendable {
    private struct State {
        var launches: [Int] = []
        /// The tiles of the first launches.
        var kept: [[Tile]] = []
        var network: NetworkDescription?
    }

    /// Launches whose tiles are kept: what is in a tile does not change its time. Few, for memory that is never given back
    /// has to be had anew from the system, which would be the time of this and not of what is measured.
    private static let kept = 8
    private let state = Locked(State())

    /// A factory whose engines tell of their launches.
    func noting(_ engines: EngineFactory) -> EngineFactory {
        EngineFactory(identity: engines.identity, networksAtOnce: engines.networksAtOnce) { description in
            self.state.withLock { $0.network = description }
            return NotingEngine(engine: try await engines.load(description)) { self.note($0) }
        }
    }

    /// Makes as many launches of the same sizes, as many at once as the engine bears.
    /// - Returns: how long they took, the loading of the network left out, its first launch
    ///   not: the other way had it too; `nil` where there was none.
    func repeated(on engines: EngineFactory) async throws -> Duration? {
        let (launches, kept, network) = state.withLock { ($0.launches, $0.kept, $0.network) }
        guard let network, !kept.isEmpty else { return nil }
        let engine = try await engines.load(network)
        let next = Locked(0)
        let started = ContinuousClock.now
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
                        let wanted = launches[index]
                        // The same size, of tiles that are there.
                        _ = try await engine.densities(of: (0..<wanted).map { tiles[$0 % tiles.count] })
                    }
                }
            }
            try await group.waitForAll()
        }
        let duration = started.duration(to: .now)
        await engine.close()
        return duration
    }

    private func note(_ tiles: [Tile]) {
        state.withLock { state in
            state.launches.append(tiles.count)
            if state.kept.count < Self.kept { state.kept.append(tiles) }
        }
    }
}

private struct NotingEngine: InferenceEngine {
    let engine: any InferenceEngine
    let onLaunch: @Sendable ([Tile]) -> Void

    var identity: EngineIdentity { engine.identity }
    var geometry: NetworkGeometry { engine.geometry }
    var launchesAtOnce: Int { engine.launchesAtOnce }
    var usage: EngineUsage { engine.usage }

    func densities(of tiles: [Tile]) async throws(InferenceError) -> [DensityMap] {
        onLaunch(tiles)
        return try await engine.densities(of: tiles)
    }

    func health() async throws(InferenceError) -> CardHealth { try await engine.health() }

    func close() async { await engine.close() }
}
