/// What a sample archive holds.
public struct SampleSummary: Sendable, Equatable {
    /// Pictures written.
    public let images: Int
    /// Heads in all of them.
    public let heads: Int
    /// Bytes of all picture files.
    public let bytes: Int
}
