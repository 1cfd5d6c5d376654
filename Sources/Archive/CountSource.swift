/// The image that a count was made for which others took over.
public struct CountSource: Sendable, Hashable {
    /// Its run.
    public let run: Int
    /// Its number in the set of that run.
    public let image: Int

    /// An image of a run.
    public init(run: Int, image: Int) {
        self.run = run
        self.image = image
    }
}
