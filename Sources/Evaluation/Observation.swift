/// One picture with its true count and a network's.
public struct Observation: Sendable, Hashable, Codable {
    /// What a true count may be; beyond it figures would lose their last digits, and in the end be no numbers.
    static let people = 0...1e9

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

    /// True where every number is one that figures can be made of. A network may count fewer than nobody.
    var isMeasured: Bool {
        Self.people.contains(truth) && Self.people.contains(count.magnitude) && Self.people.contains(seconds)
    }

    /// People too many; below zero where some were missed.
    public var error: Double { count - truth }
}
