/// What an engine has done since it was opened.
public struct EngineUsage: Sendable, Hashable {
    /// Batches that were made ready; those that are not among `launches` wait for the device, are on it, or failed.
    public private(set) var packed = 0
    /// Launches that came to their end.
    public private(set) var launches = 0
    /// Tiles in them.
    public private(set) var tiles = 0
    /// Lanes in them, those without a tile among them.
    public private(set) var lanes = 0
    /// What they took, one after the other on a card; on a CPU, where some run side by side, the sum.
    public private(set) var busy = Duration.zero

    /// Nothing done yet.
    public init() {}

    /// The part of the lanes that held a tile, from 0 to 1; `nil` before the first launch.
    public var laneFill: Double? {
        lanes == 0 ? nil : Double(tiles) / Double(lanes)
    }

    mutating func addPacked() {
        packed += 1
    }

    mutating func add(tiles: Int, lanes: Int, busy: Duration) {
        launches += 1
        self.tiles += tiles
        self.lanes += lanes
        self.busy += busy
    }
}
