/// A worker's right to a shard, as every write must show it.
public struct ShardLease: Sendable, Hashable {
    /// The shard.
    public let shard: Int
    /// Grows with every claim of the shard: a worker whose lease passed on holds an old one.
    public let token: Int

    /// A lease of two parts.
    public init(shard: Int, token: Int) {
        self.shard = shard
        self.token = token
    }
}
