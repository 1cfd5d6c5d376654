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

    /// Computes the density map of each tile.
    ///
    /// The engine cuts the tiles into batches of the sizes its model has; a lane without a tile never reaches a
    /// result. Densities are people per cell, the model's density scale applied.
    /// - Parameter tiles: any number of tiles, each of the size `geometry.tile`.
    /// - Returns: one map per tile, in their order, of `geometry.tile / geometry.outputStride` cells.
    func densities(of tiles: [Tile]) async throws(InferenceError) -> [DensityMap]

    /// Frees the device. Afterwards `densities(of:)` throws `InferenceError.closed`. Closing twice is allowed.
    func close() async
}
