public import Digest

/// The count of an image in an earlier run of its set, with the same model and plan.
public struct EarlierCount: Sendable, Hashable {
    /// What the server called the picture then.
    public let etag: String
    /// People.
    public let count: Double
    /// Model inputs the picture was cut into.
    public let tiles: Int
    /// Width of the picture in pixels, orientation applied.
    public let width: Int
    /// Height of the picture in pixels, orientation applied.
    public let height: Int
    /// Of the picture's bytes.
    public let pictureDigest: SHA256Digest
    /// How many these were.
    public let pictureBytes: Int
    /// What it was counted for.
    public let source: CountSource
}
