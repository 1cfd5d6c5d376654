/// One failed attempt on an image.
public struct FailureResult: Sendable, Equatable {
    /// Number of the image in its set.
    public let image: Int
    /// Which attempt it was, from 1: the image's attempts when it was claimed, and this one.
    public let attempt: Int
    /// What happened.
    public let failure: FailureClass
    /// What happened, in one line for people.
    public let detail: String
    /// How long the host asked to wait.
    public let askedDelay: Duration?

    /// A failure of five parts.
    public init(
        image: Int, attempt: Int = 1, failure: FailureClass, detail: String, askedDelay: Duration? = nil
    ) {
        self.image = image
        self.attempt = attempt
        self.failure = failure
        self.detail = detail
        self.askedDelay = askedDelay
    }
}
