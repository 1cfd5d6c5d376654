public import Counting
public import Density
public import Digest

/// A picture, and what a network finds in it.
public struct InspectedPicture: Sendable {
    /// The picture, made smaller where it is larger than was asked for.
    public let picture: Picture
    /// Of the bytes that were fetched: it differs from a count's where the picture was changed since.
    public let digest: SHA256Digest
    /// The picture's own size, its people and its density map.
    public let count: PictureCount
}
