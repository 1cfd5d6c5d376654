public import Digest

/// What was found in one image, and how.
public struct CountResult: Sendable, Equatable {
    /// Number of the image in its set.
    public let image: Int
    /// People: the sum of the density map.
    public let count: Double
    /// Model inputs the picture was cut into.
    public let tiles: Int
    /// Width of the picture in pixels, orientation applied.
    public let width: Int
    /// Height of the picture in pixels, orientation applied.
    public let height: Int
    /// Of the bytes that were fetched.
    public let pictureDigest: SHA256Digest
    /// How many bytes these were.
    public let pictureBytes: Int
    /// Time of each step.
    public let times: StepTimes
    /// Where the people are; `nil` where the run does not keep it.
    public let density: StoredDensity?
    /// What the server called this version of the picture, where it said.
    public let etag: String?
    /// What the count was taken over from; `nil` where it was counted.
    public let source: CountSource?

    /// A result of all its parts.
    public init(
        image: Int, count: Double, tiles: Int, width: Int, height: Int, pictureDigest: SHA256Digest,
        pictureBytes: Int, times: StepTimes, density: StoredDensity? = nil, etag: String? = nil,
        source: CountSource? = nil
    ) {
        self.image = image
        self.count = count
        self.tiles = tiles
        self.width = width
        self.height = height
        self.pictureDigest = pictureDigest
        self.pictureBytes = pictureBytes
        self.times = times
        self.density = density
        self.etag = etag
        self.source = source
    }
}
