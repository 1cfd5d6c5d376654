import CImaging
public import Density

/// Decodes pictures that nobody vouches for: the format is told by content, the limits hold before a pixel is decoded.
///
/// The pixels are those of OpenCV's `imread` with its defaults, as RGB: EXIF orientation applied, gray spread to three
/// channels, 16 bits cut to their high byte, CMYK converted by OpenCV's formula, transparency dropped (JPEG, PNG,
/// WebP) or over black (TIFF). Colour profiles and gamma are ignored.
public struct PictureDecoder: PictureDecoding {
    /// What is refused.
    public let limits: ImagingLimits

    /// A decoder with these limits; any number of threads may use it.
    public init(limits: ImagingLimits = .init()) {
        self.limits = limits
    }

    /// What the picture says of itself. Refuses what `decode` would refuse for its header.
    public func header(of bytes: [UInt8]) throws(ImagingError) -> PictureHeader {
        try reading(bytes) { reader throws(ImagingError) in reader.header }
    }

    /// Decodes a picture at its own size.
    public func decode(_ bytes: [UInt8]) throws(ImagingError) -> Picture {
        try reading(bytes) { reader throws(ImagingError) in try reader.picture() }
    }

    /// Decodes a picture at another size; its proportions are the caller's business.
    ///
    /// A streamable picture (see `PictureHeader.isStreamable`) is never held in memory, only the result.
    public func decode(
        _ bytes: [UInt8], resizedTo size: PixelSize, by resampling: Resampling = .bilinear
    ) throws(ImagingError) -> Picture {
        try reading(bytes) { reader throws(ImagingError) in try reader.picture(resizedTo: size, by: resampling) }
    }

    private func reading<Result>(
        _ bytes: [UInt8], _ body: (inout PictureReader) throws(ImagingError) -> Result
    ) throws(ImagingError) -> Result {
        guard bytes.count <= limits.maximumBytes else {
            throw .tooManyBytes(bytes: bytes.count, limit: limits.maximumBytes)
        }
        guard let format = PictureFormat(startOf: bytes) else {
            throw .notAPicture(bytes: bytes.count, start: Self.hexadecimal(bytes.prefix(8)))
        }
        return try bytes.withUnsafeBufferPointer { buffer throws(ImagingError) in
            var reader = try PictureReader(buffer, of: format, limits: limits)
            return try body(&reader)
        }
    }

    private static func hexadecimal(_ bytes: ArraySlice<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
    }
}
