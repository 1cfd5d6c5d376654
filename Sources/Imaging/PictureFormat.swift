/// A format that pictures are read from, told by the first bytes and never by a name.
public enum PictureFormat: String, Sendable, Codable, CaseIterable {
    /// ITU T.81, baseline or progressive.
    case jpeg
    /// W3C PNG; of an animated one, the still picture.
    case png
    /// RIFF WebP, lossy or lossless; of an animated one, the first frame.
    case webp
    /// TIFF 6.0 or BigTIFF.
    case tiff

    /// The format whose signature `bytes` start with, if any.
    public init?(startOf bytes: some Collection<UInt8>) {
        if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
            self = .png
        } else if bytes.starts(with: Array("RIFF".utf8)), bytes.dropFirst(8).starts(with: Array("WEBP".utf8)) {
            self = .webp
        } else if Self.tiffSignatures.contains(where: { bytes.starts(with: $0) }) {
            self = .tiff
        } else {
            return nil
        }
    }

    /// The format as people write it.
    var title: String {
        switch self {
        case .jpeg: "JPEG"
        case .png: "PNG"
        case .webp: "WebP"
        case .tiff: "TIFF"
        }
    }

    /// Byte order and version: 42 is TIFF, 43 is BigTIFF.
    private static let tiffSignatures: [[UInt8]] = [
        [0x49, 0x49, 42, 0], [0x4D, 0x4D, 0, 42], [0x49, 0x49, 43, 0], [0x4D, 0x4D, 0, 43],
    ]
}
