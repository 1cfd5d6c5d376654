/// One image of a run, with what is known of its count.
public struct TruthCandidate: Sendable, Hashable {
    /// Number of the image in its set.
    public let image: Int
    /// URL of the image.
    public let url: String
    /// The archive's own name for the picture.
    public let key: String?
    /// People in the picture by the table `headcount.truth`.
    public let truth: Double?
    /// People in the picture by the run; `nil` while it is not counted.
    public let count: Double?
    /// Seconds of computing the densities, the wait for the launch included, of the count that was taken over where one was;
    /// `nil` while it is not counted, and where that count is gone.
    public let seconds: Double?
}
