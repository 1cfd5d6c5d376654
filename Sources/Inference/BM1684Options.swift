/// How a card is driven, where the defaults are not wanted.
public struct BM1684Options: Sendable, Hashable {
    /// How long one batch may take before the device counts as failed; `nil` for the library's own limit, 20 s.
    /// Releases that cannot be told keep theirs.
    public var batchTimeout: Duration?
    /// Hands tiles over one after the other to files that were compiled for four lanes, so that the device reorders
    /// them at every launch. The results are the same bits.
    public var plainInput = false

    /// The defaults.
    public init() {}
}
