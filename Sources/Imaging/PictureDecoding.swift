public import Density

/// Something that decodes pictures: in this process, or where a crash harms nobody.
public protocol PictureDecoding: Sendable {
    /// What the picture says of itself. Refuses what `decode` would refuse for its header.
    func header(of bytes: [UInt8]) async throws(ImagingError) -> PictureHeader

    /// Decodes a picture at another size; its proportions are the caller's business.
    func decode(
        _ bytes: [UInt8], resizedTo size: PixelSize, by resampling: Resampling
    ) async throws(ImagingError) -> Picture
}
