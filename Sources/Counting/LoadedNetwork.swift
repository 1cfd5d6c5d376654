public import Density
public import Imaging
public import Inference

/// A network that is loaded, and the way from a picture's bytes to its tiles and from their densities to its count.
///
/// The one place where a picture is counted: a worker and an evaluation of the same network give the same bits.
public struct LoadedNetwork: Sendable {
    /// The model's name, for messages.
    public let name: String
    /// Computes the densities.
    public let engine: any InferenceEngine
    /// What a picture smaller than a tile is padded with.
    public let padding: PixelColour

    /// A network of three parts.
    public init(name: String, engine: any InferenceEngine, padding: PixelColour) {
        self.name = name
        self.engine = engine
        self.padding = padding
    }

    /// Where the tiles of a picture of this size lie.
    public func layout(of size: PixelSize, by plan: TilePlan) -> TileLayout {
        plan.layout(of: size, tile: engine.geometry.tile, stride: engine.geometry.outputStride)
    }

    /// Decodes, resizes and cuts a picture; off the caller's actor, since it keeps a core busy for a while.
    /// - Throws: `ImagingError`.
    @concurrent
    public func cut(
        _ bytes: [UInt8], by plan: TilePlan, decoder: any PictureDecoding
    ) async throws(ImagingError) -> CutPicture {
        let header = try await decoder.header(of: bytes)
        return try await cut(bytes, of: header.size, by: layout(of: header.size, by: plan), decoder: decoder)
    }

    /// The same where the picture's header was read before.
    /// - Parameters:
    ///   - page: the first is 0.
    ///   - layout: `layout(of:by:)` of its size.
    @concurrent
    public func cut(
        _ bytes: [UInt8], page: Int = 0, of size: PixelSize, by layout: TileLayout, decoder: any PictureDecoding
    ) async throws(ImagingError) -> CutPicture {
        let picture = try await decoder.decode(bytes, page: page, resizedTo: layout.resized, by: layout.resampling)
        return CutPicture(size: size, layout: layout, tiles: layout.tiles(of: picture, padding: padding))
    }

    /// Puts the densities of a picture's tiles together to its count.
    /// - Parameter maps: one per tile of `picture`, in their order.
    /// - Throws: `InferenceError.callFailed` where the network gave what is no number.
    public func count(_ picture: CutPicture, from maps: [DensityMap]) throws(InferenceError) -> PictureCount {
        let map = picture.layout.merge(maps, stride: engine.geometry.outputStride)
        let count = map.count
        guard count.isFinite else {
            throw .callFailed(
                call: "the network", model: name, reason: "its density map holds values that are no numbers")
        }
        // A network without a last ReLU may end a hair below zero on an empty scene.
        return PictureCount(size: picture.size, tiles: picture.tiles.count, people: max(0, count), density: map)
    }
}
