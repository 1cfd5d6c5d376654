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

    /// What a page of the picture says of itself, the first being 0. Refuses what `decode` would refuse for its header.
    public func header(of bytes: [UInt8], page: Int = 0) throws(ImagingError) -> PictureHeader {
        try bytes.withUnsafeBufferPointer { bytes throws(ImagingError) in try header(of: bytes, page: page) }
    }

    /// The same of bytes that lie elsewhere.
    public func header(of bytes: UnsafeBufferPointer<UInt8>, page: Int) throws(ImagingError) -> PictureHeader {
        try reading(bytes, page: page) { reader throws(ImagingError) in reader.header }
    }

    /// Decodes the first page of a picture at its own size.
    public func decode(_ bytes: [UInt8]) throws(ImagingError) -> Picture {
        try bytes.withUnsafeBufferPointer { bytes throws(ImagingError) in
            try reading(bytes, page: 0) { reader throws(ImagingError) in try reader.picture() }
        }
    }

    /// Decodes a page of a picture at another size; its proportions are the caller's business.
    ///
    /// A streamable picture (see `PictureHeader.isStreamable`) is never held in memory, only the result.
    public func decode(
        _ bytes: [UInt8], page: Int = 0, resizedTo size: PixelSize, by resampling: Resampling = .bilinear
    ) throws(ImagingError) -> Picture {
        try bytes.withUnsafeBufferPointer { bytes throws(ImagingError) in
            try reading(bytes, page: page) { reader throws(ImagingError) in
                try Picture(size: size) { pixels throws(ImagingError) in
                    try reader.read(resizedTo: size, by: resampling, into: pixels)
                }
            }
        }
    }

    /// The same into memory of the caller's.
    /// - Parameter pixels: `size.area * 3` bytes; undefined where this throws.
    public func decode(
        _ bytes: UnsafeBufferPointer<UInt8>, page: Int, resizedTo size: PixelSize, by resampling: Resampling,
        into pixels: UnsafeMutableBufferPointer<UInt8>
    ) throws(ImagingError) {
        try reading(bytes, page: page) { reader throws(ImagingError) in
            try reader.read(resizedTo: size, by: resampling, into: pixels)
        }
    }

    /// What the picture and the decoding libraries take.
    public func memory(for header: PictureHeader, of encodedBytes: Int, resizedTo size: PixelSize) -> Int {
        header.memory(resizedTo: size)
    }

    private func reading<Result>(
        _ bytes: UnsafeBufferPointer<UInt8>, page: Int, _ body: (inout PictureReader) throws(ImagingError) -> Result
    ) throws(ImagingError) -> Result {
        guard bytes.count <= limits.maximumBytes else {
            throw .tooManyBytes(bytes: bytes.count, limit: limits.maximumBytes)
        }
        guard let format = PictureFormat(startOf: bytes) else {
            throw .notAPicture(bytes: bytes.count, start: Self.hexadecimal(bytes.prefix(8)))
        }
        var reader = try PictureReader(bytes, page: page, of: format, limits: limits)
        return try body(&reader)
    }

    private static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
    }
}
