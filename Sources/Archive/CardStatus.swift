/// A card and how it does: a row of the view `headcount.card_status`, by the names of its columns.
public struct CardStatus: Sendable, Hashable, Encodable {
    /// `HOST/CARD`.
    public let card: String
    /// `counting`, `ready`, `starting`, `off`, `quarantined`, `unusable`, `stopped`, `lost` or `absent`.
    public let state: String
    /// Why it is quarantined or unusable.
    public let reason: String?
    /// Worker processes at work.
    public let workers: Int
    /// Worker processes wanted.
    public let desiredWorkers: Int
    /// Images counted per second.
    public let imagesPerSecond: Double
    /// Part of the last sample's time in which it had something to compute, from 0 to 1; `nil` without a sample.
    public let busy: Double?
    /// Part of the places for tiles in its launches that held one, from 0 to 1; `nil` where it launched none.
    public let laneFill: Double?
    /// Words by which runs choose cards.
    public let labels: [String]
    /// Engine that computes on it.
    public let engine: String
    /// True where no real device computes.
    public let simulated: Bool
    /// Of the chip, in degrees Celsius.
    public let chipCelsius: Int?
    /// Of the chip, in watts.
    public let watts: Double?
    /// Serial number of its board.
    public let serial: String?
    /// Name of its board.
    public let board: String?
    /// Number of its board on the host.
    public let boardNumber: Int?
    /// Other cards that a reset of its board would take down.
    public let resetWith: [String]

    private enum CodingKeys: String, CodingKey {
        case card, state, reason, workers, busy, labels, engine, simulated, watts, serial, board
        case desiredWorkers = "desired_workers"
        case imagesPerSecond = "images_per_second"
        case laneFill = "lane_fill"
        case chipCelsius = "chip_celsius"
        case boardNumber = "board_number"
        case resetWith = "reset_with"
    }
}
