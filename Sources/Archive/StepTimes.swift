/// How long the steps of one image took.
public struct StepTimes: Sendable, Hashable {
    /// From asking for the picture to its last byte.
    public var fetch: Duration
    /// Decoding and resizing.
    public var decode: Duration
    /// From handing the tiles to the engine to the last density map, waiting included.
    public var infer: Duration

    /// Times of three steps.
    public init(fetch: Duration, decode: Duration, infer: Duration) {
        self.fetch = fetch
        self.decode = decode
        self.infer = infer
    }
}
