/// What a worker claims from.
public struct ClaimScope: Sendable, Hashable {
    /// Every run that its engine can count.
    public static let all = ClaimScope()

    /// The one set it keeps to; `nil` for all.
    public var set: String?
    /// Runs it does not touch: it cannot load their model, or have results of them written.
    public var declinedRuns: Set<Int> = []

    /// A scope of one set, or of all.
    public init(set: String? = nil) {
        self.set = set
    }
}
