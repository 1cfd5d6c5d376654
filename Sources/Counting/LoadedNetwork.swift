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

    /// Cuts pictures into the network's tiles.
    public var cutter: PictureCutter {
        PictureCutter(tile: engine.geometry.tile, stride: engine.geometry.outputStride, padding: padding)
    }

    /// Decodes, resizes and cuts a picture; off the caller's actor, since it keeps a core busy for a while.
    /// - Throws: `ImagingError`.
    @concurrent
    public func cut(
        _ bytes: [UInt8], by plan: TilePlan, decoder: any PictureDecoding
    ) async throws(ImagingError) -> CutPicture {
        let header = try await decoder.header(of: bytes)
        return try await cutter.cut(
            bytes, of: header.size, by: cutter.layout(of: header.size, by: plan), decoder: decoder)
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
