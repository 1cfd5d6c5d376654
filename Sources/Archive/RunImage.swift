/// One image of a run.
public struct RunImage: Sendable, Hashable {
    /// The run.
    public let run: RunProgress
    /// Number of the image in its set.
    public let number: Int
    /// Where its picture is fetched from.
    public let url: String
    /// People counted in it; `nil` where it was not counted yet, or failed.
    public let count: Double?
}
