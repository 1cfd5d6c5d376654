/// How a network is quantised: what thresholds are taken from, and what stays in floating point.
public struct Calibration: Sendable, Hashable {
    /// The tiles that thresholds are taken from: PNG, each of the network's size.
    public let tiles: [[UInt8]]
    /// How the compiler takes a threshold from values: `kl`, `mse`, `max` or `percentile9999`.
    public let method: Method
    /// The last operators of the network that stay in 32-bit floating point.
    public let floatLayers: Int
    /// Thresholds that were there already, as a file of the compiler's; `nil` to take them from the tiles.
    public let table: String?

    /// The compiler's ways to thresholds.
    public enum Method: String, Sendable, Hashable, CaseIterable {
        /// Least divergence of the two distributions: the compiler's own choice.
        case divergence = "kl"
        /// Least mean squared error.
        case meanSquaredError = "mse"
        /// The largest value.
        case maximum = "max"
        /// All but one value of ten thousand.
        case percentile = "percentile9999"
    }

    /// - Precondition: there are tiles, or there is a table.
    public init(
        tiles: [[UInt8]], method: Method = .divergence, floatLayers: Int = 0, table: String? = nil
    ) {
        precondition(!tiles.isEmpty || table != nil)
        self.tiles = tiles
        self.method = method
        self.floatLayers = floatLayers
        self.table = table
    }
}
