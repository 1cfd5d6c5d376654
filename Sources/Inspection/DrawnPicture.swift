public import Density

/// A picture of a run with the density over it.
public struct DrawnPicture: Sendable {
    /// Where a density map came from.
    public enum Source: String, Sendable {
        /// The database kept it with the count.
        case kept
        /// The network was run again.
        case computed
    }

    /// What is to be seen.
    public let picture: Picture
    /// Where the density came from.
    public let source: Source
    /// People in the density map.
    public let people: Double
    /// The density that has the last colour, in people on a hundred by a hundred pixels of the picture.
    public let highest: Double
    /// What is not as it was when the picture was counted; `nil` where all is.
    public let problem: String?
}
