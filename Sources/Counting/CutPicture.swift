public import Density

/// A picture that was decoded, resized and cut into a network's inputs.
public struct CutPicture: Sendable {
    /// Size of the picture before it was resized, in pixels, orientation applied.
    public let size: PixelSize
    /// Where the tiles lie.
    public let layout: TileLayout
    /// The network's inputs, row by row of tiles.
    public let tiles: [Tile]

    init(size: PixelSize, layout: TileLayout, tiles: [Tile]) {
        self.size = size
        self.layout = layout
        self.tiles = tiles
    }
}
