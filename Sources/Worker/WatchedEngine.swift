import Density
import Inference

/// An engine that tells a watch what goes in and what comes out.
struct WatchedEngine: InferenceEngine {
    private let engine: any InferenceEngine
    private let name: String
    private let watch: EngineWatch

    init(_ engine: any InferenceEngine, name: String, watch: EngineWatch) {
        self.engine = engine
        self.name = name
        self.watch = watch
    }

    var identity: EngineIdentity { engine.identity }
    var geometry: NetworkGeometry { engine.geometry }
    var launchesAtOnce: Int { engine.launchesAtOnce }
    var usage: EngineUsage { engine.usage }

    func densities(of tiles: [Tile]) async throws(InferenceError) -> [DensityMap] {
        watch.handIn(tiles.count, to: name, batch: geometry.batchSizes.max() ?? 1)
        do throws(InferenceError) {
            let maps = try await engine.densities(of: tiles)
            watch.takeOut(tiles.count, isComputed: true)
            return maps
        } catch {
            watch.takeOut(tiles.count, isComputed: false)
            throw error
        }
    }

    func health() async throws(InferenceError) -> CardHealth {
        try await engine.health()
    }

    func close() async {
        await engine.close()
    }
}
