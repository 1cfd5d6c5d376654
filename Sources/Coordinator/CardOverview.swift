public import Archive

/// A card as its coordinator sees it at the moment.
public struct CardOverview: Sendable, Hashable {
    /// Device, such as `bm1684:0`.
    public let name: String
    /// Workers that run on it.
    public let workers: Int
    /// Workers that are wanted on it.
    public let desiredWorkers: Int
    /// Why it is kept out of work; `nil` where it may work.
    public let quarantine: String?
    /// Images its workers counted since the coordinator started.
    public let images: Int
    /// Tiles that were computed for them.
    public let tiles: Int
    /// Places for tiles in their launches that held none.
    public let emptyLanes: Int
    /// Milliseconds that the card had something to compute, summed over its workers.
    public let busyMilliseconds: Int
    /// Workers that ended unasked since then.
    public let crashes: Int
    /// Temperature, power, load and memory, as last told.
    public let readings: CardReadings
}
