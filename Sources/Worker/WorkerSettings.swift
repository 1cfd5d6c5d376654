/// How a worker works.
public struct WorkerSettings: Sendable {
    /// True to end once no active run has anything left; else the worker waits for more.
    public var drain = false
    /// The one set to count; `nil` for all.
    public var set: String?
    /// How long a lease lasts without a heartbeat. A killed worker's shards wait this long at most.
    public var lease: Duration = .seconds(15)
    /// Time between heartbeats: a third of the lease, so that one lost heartbeat costs nothing.
    public var heartbeatInterval: Duration { lease / 3 }
    /// Time between writes of results.
    public var recordInterval: Duration = .seconds(1)
    /// Longest wait before asking again when there is nothing to claim.
    public var idleInterval: Duration = .seconds(1)
    /// Images that are anywhere between fetching and their count, at once.
    public var imagesInFlight: Int
    /// Pictures that are fetched at once.
    public var fetchesInFlight: Int
    /// Pictures that are decoded at once.
    public var decodesInFlight: Int

    /// Settings for a machine of so many cores.
    public init(cores: Int) {
        // Fetching waits for the network, so it runs well ahead of decoding; what is ahead is bounded by the first.
        fetchesInFlight = 8
        decodesInFlight = max(1, cores)
        imagesInFlight = 16
    }
}
