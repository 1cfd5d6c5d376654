/// One row of the view `headcount.failed_images`, as far as commands print it.
public struct FailedImage: Sendable, Hashable, Encodable {
    /// Run.
    public let runID: Int
    /// URL of the image.
    public let url: String
    /// Class of the last failure.
    public let failure: String
    /// What happened, in one line.
    public let detail: String
    /// How often it was tried.
    public let attempts: Int

    private enum CodingKeys: String, CodingKey {
        case runID = "run_id"
        case url
        case failure = "class"
        case detail, attempts
    }
}
