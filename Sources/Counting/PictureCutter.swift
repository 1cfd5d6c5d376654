public import Density
public import Imaging

/// The way from a picture's bytes to the tiles of a network, which need not be loaded for it.
public struct PictureCutter: Sendable {
    private let tile: PixelSize
    private let stride: Int
    private let padding: PixelColour

    /// - Parameters:
    ///   - tile: size of the network's input, in pixels.
    ///   - stride: pixels of the tile per density cell, on both axes.
    ///   - padding: what a picture smaller than a tile is padded with.
    public init(tile: PixelSize, stride: Int, padding: PixelColour) {
        self.tile = tile
        self.stride = stride
        self.padding = padding
    }

    /// Where the tiles of a picture of this size lie.
    public func layout(of size: PixelSize, by plan: TilePlan) -> TileLayout {
        plan.layout(of: size, tile: tile, stride: stride)
    }

    /// Decodes, resizes and cuts a picture whose header was read before; off the caller's actor, since it keeps a core busy
    /// for a while.
    /// - Parameters:
    ///   - page: the first is 0.
    ///   - layout: `layout(of:by:)` of its size.
    /// - Throws: `ImagingError`.
    @concurrent
    public func cut(
        _ bytes: [UInt8], page: Int = 0, of size: PixelSize, by layout: TileLayout, decoder: any PictureDecoding
    ) async throws(ImagingError) -> CutPicture {
        let picture = try await decoder.decode(bytes, page: page, resizedTo: layout.resized, by: layout.resampling)
        return CutPicture(size: size, layout: layout, tiles: layout.tiles(of: picture, padding: padding))
    }
}
