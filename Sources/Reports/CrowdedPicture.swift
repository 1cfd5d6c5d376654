/// What the report shows of one of the most crowded pictures.
public enum CrowdedPicture: Sendable, Hashable {
    /// A JPEG of the density over the picture; `isChanged` where the picture is no longer the one that was counted.
    case drawn(jpeg: [UInt8], isChanged: Bool)
    /// A JPEG of the density alone, and why the picture is not there.
    case densityAlone(jpeg: [UInt8], reason: String)
    /// Nothing to see, and why.
    case missing(reason: String)
}
