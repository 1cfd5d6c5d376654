/// What a card's driver last told of it; what it does not tell is `nil`.
public struct CardReadings: Sendable, Hashable {
    /// Of the chip, in degrees Celsius.
    public var chipCelsius: Int?
    /// Of the board, in degrees Celsius.
    public var boardCelsius: Int?
    /// Of the chip, in watts.
    public var watts: Double?
    /// Load of the chip in percent.
    public var loadPercent: Int?
    /// Bytes of the card's memory in use.
    public var memoryUsed: Int?

    /// Nothing is known yet.
    public init() {}
}
