public import Density

/// Something that decodes pictures: in this process, or where a crash harms nobody.
public protocol PictureDecoding: Sendable {
    /// What a page of the picture says of itself. Refuses what `decode` would refuse for its header.
    /// - Parameter page: of a TIFF, the first being 0; other formats have the one.
    func header(of bytes: [UInt8], page: Int) async throws(ImagingError) -> PictureHeader

    /// Decodes a page of the picture at another size; its proportions are the caller's business.
    func decode(
        _ bytes: [UInt8], page: Int, resizedTo size: PixelSize, by resampling: Resampling
    ) async throws(ImagingError) -> Picture

    /// Bytes that decoding takes at its height, give or take a few rows, beside the encoded picture.
    /// - Parameter encodedBytes: of the encoded picture.
    func memory(for header: PictureHeader, of encodedBytes: Int, resizedTo size: PixelSize) -> Int

    /// The same for the calls about one picture, which are given the same bytes each time: it need not take them in anew.
    func forOnePicture() -> any PictureDecoding
}

extension PictureDecoding {
    /// Itself, where taking a picture in costs nothing.
    public func forOnePicture() -> any PictureDecoding { self }

    /// What the first page says of itself.
    public func header(of bytes: [UInt8]) async throws(ImagingError) -> PictureHeader {
        try await header(of: bytes, page: 0)
    }

    /// Decodes the first page at another size.
    public func decode(
        _ bytes: [UInt8], resizedTo size: PixelSize, by resampling: Resampling
    ) async throws(ImagingError) -> Picture {
        try await decode(bytes, page: 0, resizedTo: size, by: resampling)
    }
}
