/// How fast a worker counts, and how much it has to do: by this shards are cut for it.
public struct WorkerPace: Sendable, Hashable {
    /// Images per second as it measures itself while it has some; `nil` before it can tell.
    public var rate: Double?
    /// Images that it has claimed and not ended.
    public var inHand: Int
    /// Images that fill a launch of its device.
    public var batch: Int

    /// An idle worker of which nothing is known, where nothing else is said.
    public init(rate: Double? = nil, inHand: Int = 0, batch: Int = 1) {
        self.rate = rate
        self.inHand = inHand
        self.batch = batch
    }
}
