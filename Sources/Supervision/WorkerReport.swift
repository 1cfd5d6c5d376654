import FoundationEssentials
public import Telemetry

/// What a worker process tells its coordinator, about once a second.
public struct WorkerReport: Sendable, Hashable, Codable {
    /// Why a worker is about to end.
    public enum Failure: Sendable, Hashable, Codable {
        /// The device failed.
        case device(reason: String)
        /// The database cannot be reached, or is not as the program needs it: no fault of the device.
        case database(reason: String)
        /// Something else.
        case other(reason: String)
    }

    /// Images counted so far.
    public var counted = 0
    /// Tiles that the engine computed so far.
    public var tiles = 0
    /// Milliseconds that the engine had something to compute, so far.
    public var busyMilliseconds = 0
    /// Places for tiles in its launches that held none, so far.
    public var emptyLanes = 0
    /// Milliseconds since the engine last finished something, while it has something to compute; 0 while it has not.
    public var stuckMilliseconds = 0
    /// The part of `tiles` that was computed while there was at least a full batch of them.
    public var fullTiles = 0
    /// The part of `busyMilliseconds` in which there was.
    public var fullMilliseconds = 0
    /// Name of the network that is being computed.
    public var network: String?
    /// Of the chip, in degrees Celsius, where the engine tells it.
    public var chipCelsius: Int?
    /// Of the board, in degrees Celsius.
    public var boardCelsius: Int?
    /// Of the chip, in watts.
    public var watts: Double?
    /// Load of the chip in percent.
    public var loadPercent: Int?
    /// Memory of the device in use, in bytes.
    public var memoryUsed: Int?
    /// Bits of trouble as the driver numbers them; `nil` where it tells none.
    public var troubles: Int32?
    /// What its counters and histograms have come to.
    public var totals = MetricTotals()
    /// Why the worker ends.
    public var failure: Failure?

    /// Nothing done yet.
    public init() {}

    /// A message that says it.
    public var message: [UInt8] {
        get throws { Array(try JSONEncoder().encode(self)) }
    }

    /// What a message says.
    public init(message: [UInt8]) throws {
        self = try JSONDecoder().decode(WorkerReport.self, from: Data(message))
    }
}
