public import Density

/// One image of a run, with what the database keeps of its picture.
public struct StoredImage: Sendable {
    /// Where its picture is fetched from.
    public let url: String
    /// Size of the picture that was counted, orientation applied; `nil` where it has no count.
    public let size: PixelSize?
    /// SHA-256 of the bytes that were counted.
    public let pictureDigest: [UInt8]?
    /// Where the people are, where the run keeps that.
    public let density: StoredDensity?
}
