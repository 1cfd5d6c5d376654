/// How a card is. What the platform does not tell is `nil`, never zero.
///
/// Its JSON is of `headcount cards --json`: the unit stands in the key, and what is not told is left out.
public struct CardHealth: Sendable, Hashable, Codable {
    /// Troubles that a driver reports.
    public struct Troubles: OptionSet, Sendable, Hashable, Codable {
        /// The bits as the driver numbers them.
        public let rawValue: Int32

        /// Troubles of bits.
        public init(rawValue: Int32) {
            self.rawValue = rawValue
        }

        /// The chip does not answer; every process on it is refused until a recovery.
        public static let hang = Troubles(rawValue: 1 << 0)
        /// The link to the host is down.
        public static let link = Troubles(rawValue: 1 << 1)
        /// The chip is too hot.
        public static let overTemperature = Troubles(rawValue: 1 << 2)

        /// A few words for each that is known.
        public var words: [String] {
            [
                contains(.hang) ? "hangs" : nil,
                contains(.link) ? "link down" : nil,
                contains(.overTemperature) ? "too hot" : nil,
            ].compactMap { $0 }
        }
    }

    /// Memory of the device, in bytes.
    public var memoryTotal: Int?
    /// Memory in use, in bytes.
    public var memoryUsed: Int?
    /// Load of the chip, in percent.
    public var utilisation: Int?
    /// Of the chip, in degrees Celsius.
    public var chipTemperature: Int?
    /// Of the board, in degrees Celsius.
    public var boardTemperature: Int?
    /// Of the chip, in watts.
    public var chipPower: Double?
    /// Of the board, in watts, all its chips together.
    public var boardPower: Double?
    /// Of the chip, in megahertz.
    public var clock: Int?
    /// Memory errors that were corrected since the driver was loaded.
    public var correctedErrors: Int?
    /// Empty where the driver reports none.
    public var troubles: Troubles?

    private enum CodingKeys: String, CodingKey {
        case memoryTotal = "memory_total_bytes"
        case memoryUsed = "memory_used_bytes"
        case utilisation = "utilisation_percent"
        case chipTemperature = "chip_celsius"
        case boardTemperature = "board_celsius"
        case chipPower = "chip_watts"
        case boardPower = "board_watts"
        case clock = "clock_megahertz"
        case correctedErrors = "corrected_errors"
        case troubles = "trouble_bits"
    }

    /// Nothing known.
    public init() {}
}
