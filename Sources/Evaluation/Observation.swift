/// One picture with its true count and a network's.
public struct Observation: Sendable, Hashable, Codable {
    /// What the truth calls the picture: a file's name, a URL or an archive's key.
    public let image: String
    /// People in it, counted by hand.
    public let truth: Double
    /// People in it by the network.
    public let count: Double
    /// Seconds of computing the densities of its tiles.
    public let seconds: Double

    /// An observation of four parts.
    public init(image: String, truth: Double, count: Double, seconds: Double) {
        self.image = image
        self.truth = truth
        self.count = count
        self.seconds = seconds
    }

    /// People too many; below zero where some were missed.
    public var error: Double { count - truth }
}
