/// One launch as a batching engine made it.
public struct LaunchRecord: Sendable, Hashable {
    /// Tiles in it.
    public let tiles: Int
    /// Places for tiles it had: those without a tile were padded, or left out where single launches are faster.
    public let lanes: Int
    /// Pictures the tiles are of.
    public let pictures: Int
    /// From handing the tiles to the engine to the maps, waiting for the device included.
    public let duration: Duration
}
