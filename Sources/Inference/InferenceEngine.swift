public import Density

/// A network loaded on one device, ready to turn tiles into density maps.
///
/// Every engine passes one conformance suite: the same tile gives the same bits in whatever lane, with whatever
/// batch-mates, alone or from many tasks at once.
public protocol InferenceEngine: Sendable {
    /// What this engine is and where it runs, as results name it.
    var identity: EngineIdentity { get }

    /// What the engine expects and gives.
    var geometry: NetworkGeometry { get }

    /// Calls of `densities(of:)`, each of a full launch, that keep the device busy without a gap between them.
    var launchesAtOnce: Int { get }

    /// Computes the density map of each tile.
    ///
    /// The engine cuts the tiles into batches of the sizes its model has; a lane without a tile never reaches a
    /// result. Densities are people per cell, the model's density scale applied.
    /// - Parameter tiles: any number of tiles, each of the size `geometry.tile`.
    /// - Returns: one map per tile, in their order, of `geometry.tile / geometry.outputStride` cells.
    func densities(of tiles: [Tile]) async throws(InferenceError) -> [DensityMap]

    /// What was done since the engine was opened.
    var usage: EngineUsage { get }

    /// How the device is; what it does not tell is absent, on a CPU everything.
    ///
    /// A card answers between batches: while one hangs, so does the question. What watches over a card asks from
    /// another process (`SophonInventory`).
    /// - Throws: `InferenceError.closed`.
    func health() async throws(InferenceError) -> CardHealth

    /// Frees the device. Afterwards `densities(of:)` and `health()` throw `InferenceError.closed`. Closing twice is allowed.
    func close() async
}
