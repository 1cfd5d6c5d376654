import Supervision

/// What a card's driver last told of it; what it does not tell is `nil`.
public struct CardReadings: Sendable, Hashable {
    /// Of the chip, in degrees Celsius.
    public private(set) var chipCelsius: Int?
    /// Of the board, in degrees Celsius.
    public private(set) var boardCelsius: Int?
    /// Of the chip, in watts.
    public private(set) var watts: Double?
    /// Load of the chip in percent.
    public private(set) var loadPercent: Int?
    /// Bytes of the card's memory in use.
    public private(set) var memoryUsed: Int?

    /// Takes what `report` tells, and keeps what it does not.
    mutating func take(_ report: WorkerReport) {
        chipCelsius = report.chipCelsius ?? chipCelsius
        boardCelsius = report.boardCelsius ?? boardCelsius
        watts = report.watts ?? watts
        loadPercent = report.loadPercent ?? loadPercent
        memoryUsed = report.memoryUsed ?? memoryUsed
    }
}
