import CImaging
public import Density

/// Encodes pictures; the same picture gives the same bytes, on every run of the same libraries.
public enum PictureEncoder {
    /// A baseline JPEG with chroma halved both ways (4:2:0).
    /// - Parameter quality: 1...100, libjpeg's scale; values beyond are brought into it.
    public static func jpeg(_ picture: Picture, quality: Int) throws(ImagingError) -> [UInt8] {
        try encoded(picture, .jpeg) { pixels, width, height in
            imaging_jpeg_encode(pixels, width, height, Int32(min(max(quality, 1), 100)))
        }
    }

    /// A PNG of 8-bit RGB.
    public static func png(_ picture: Picture) throws(ImagingError) -> [UInt8] {
        try encoded(picture, .png) { pixels, width, height in imaging_png_encode(pixels, width, height) }
    }

    private static func encoded(
        _ picture: Picture, _ format: PictureFormat,
        _ encode: (UnsafePointer<UInt8>?, UInt32, UInt32) -> ImagingEncoded
    ) throws(ImagingError) -> [UInt8] {
        guard let width = UInt32(exactly: picture.size.width), let height = UInt32(exactly: picture.size.height) else {
            throw .encodingRefused(format: format, reason: "\(picture.size) is too large")
        }
        var encoded = picture.pixels.withUnsafeBufferPointer { encode($0.baseAddress, width, height) }
        defer { imaging_encoded_free(&encoded) }
        switch encoded.status {
        case ImagingStatusOk: break
        case ImagingStatusNoMemory: throw .outOfMemory(what: "encoding a \(format.title) of \(picture.size)")
        default: throw .encodingRefused(format: format, reason: String(reason: encoded.reason))
        }
        return Array(UnsafeBufferPointer(start: encoded.bytes, count: encoded.count))
    }
}
