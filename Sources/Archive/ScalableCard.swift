/// A card whose number of workers the leader may choose.
public struct ScalableCard: Sendable, Hashable {
    /// Key of the card.
    public let id: Int
    /// The numbers there are to choose from.
    public let bounds: ClosedRange<Int>
    /// The number chosen last.
    public let workers: Int
    /// Images counted per second, by the newest sample.
    public let imagesPerSecond: Double
}
