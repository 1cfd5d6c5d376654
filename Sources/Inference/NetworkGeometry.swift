public import Density

/// What a loaded network expects and gives.
public struct NetworkGeometry: Sendable, Hashable {
    /// Width and height of a tile, in pixels.
    public let tile: PixelSize
    /// Pixels of the tile per density cell, on both axes.
    public let outputStride: Int
    /// Tiles per launch, ascending: `[1]`, `[4]`, or `[1, 4]` where files for both are loaded.
    public let batchSizes: [Int]

    /// A geometry of three parts.
    public init(tile: PixelSize, outputStride: Int, batchSizes: [Int]) {
        self.tile = tile
        self.outputStride = outputStride
        self.batchSizes = batchSizes
    }

    /// Columns and rows of a tile's density map.
    public var cells: PixelSize {
        PixelSize(width: tile.width / outputStride, height: tile.height / outputStride)
    }
}
