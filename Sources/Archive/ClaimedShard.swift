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
        /// The count that an earlier run has, where it stands if the picture has not changed.
        public var earlier: EarlierCount?
    }

    /// The right to it.
    public let lease: ShardLease
    /// The run it belongs to.
    public let run: Int
    /// By number, one at least.
    public var images: [Image]
}
