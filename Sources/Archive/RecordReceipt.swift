/// What became of results that were to be written.
public struct RecordReceipt: Sendable {
    /// The last image of the shard that is still the worker's; 0 where there is none.
    public let lastImage: Int
    /// Images whose results were left out: they were not in the shard any more.
    public let leftOut: Set<Int>
}
