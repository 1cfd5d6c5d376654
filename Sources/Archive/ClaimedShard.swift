/// A shard that was leased, with what is still to be counted of it.
public struct ClaimedShard: Sendable, Equatable {
    /// One image to count.
    public struct Image: Sendable, Equatable {
        /// Its number in the set.
        public let number: Int
        /// Where the picture is.
        public let url: String
        /// Attempts that failed before.
        public let attempts: Int
    }

    /// The right to it.
    public let lease: ShardLease
    /// The run it belongs to.
    public let run: Int
    /// By number, one at least.
    public internal(set) var images: [Image]
}
