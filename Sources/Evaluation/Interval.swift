/// A confidence interval; an array of two numbers in JSON.
public struct Interval: Sendable, Hashable, Encodable {
    /// The lower bound.
    public let low: Double
    /// The upper bound.
    public let high: Double

    /// - Precondition: `low` is not above `high`.
    public init(low: Double, high: Double) {
        precondition(low <= high)
        self.low = low
        self.high = high
    }

    /// Writes the two bounds.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.unkeyedContainer()
        try container.encode(low)
        try container.encode(high)
    }
}
