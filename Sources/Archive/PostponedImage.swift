/// An image that was not tried and waits, no attempt the poorer.
public struct PostponedImage: Sendable, Equatable {
    /// Number of the image in its set.
    public let image: Int
    /// How long it waits from when it is written; a day at most.
    public let wait: Duration

    /// An image and its wait.
    public init(image: Int, wait: Duration) {
        self.image = image
        self.wait = wait
    }
}
