/// Where the time of one image went, in seconds; what it did not come to is zero.
public struct SlowPicture: Sendable {
    /// How it ended.
    public enum Ending: String, Sendable {
        /// By its count.
        case counted
        /// By the count of the same bytes.
        case known
        /// By the count of before, since the server has nothing newer.
        case unchanged
        /// By a failure.
        case failed
    }

    /// Without what may be secret.
    public internal(set) var url: String
    /// How it ended.
    public internal(set) var ending = Ending.failed
    /// From its first step to its end.
    public internal(set) var total = 0.0
    /// Waiting for its turn to be fetched; of one that could not be fetched also what was tried.
    public internal(set) var waitedToFetch = 0.0
    /// Until its server was connected; 0 on a connection that was open.
    public internal(set) var connect = 0.0
    /// From there to the first byte.
    public internal(set) var firstByte = 0.0
    /// From there to the last byte.
    public internal(set) var body = 0.0
    /// Waiting for its turn to be decoded and for memory; also for the network, which the first pictures are decoded
    /// before.
    public internal(set) var waitedToDecode = 0.0
    /// Decoding and resizing.
    public internal(set) var decode = 0.0
    /// From handing its tiles to the device to the last density map.
    public internal(set) var infer = 0.0
    /// Bytes as fetched.
    public internal(set) var bytes = 0
    /// Width and height in pixels.
    public internal(set) var width = 0
    /// See `width`.
    public internal(set) var height = 0
    /// Model inputs.
    public internal(set) var tiles = 0

    init(url: String) {
        self.url = url
    }
}
