/// What is left of runs that are being counted.
public struct RemainingWork: Sendable, Hashable {
    /// Images that have neither count nor failure.
    public let pending: Int
    /// Images per second that all workers of these runs count.
    public let imagesPerSecond: Double

    /// So much.
    public init(pending: Int, imagesPerSecond: Double) {
        self.pending = pending
        self.imagesPerSecond = imagesPerSecond
    }
}
