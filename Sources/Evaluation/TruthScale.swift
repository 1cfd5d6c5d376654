/// What a network's counts are to be multiplied by so that they are, on the whole, the true ones.
///
/// A network counts too few or too many on pictures unlike those it learned on, often by one share, and by more than
/// quantising costs. The factor is that with the least mean absolute error on the candidates and the pictures compared on.
public enum TruthScale: Sendable, Hashable {
    /// None that makes errors much less, or too few true counts to tell.
    case none
    /// One that would, and was not asked for.
    case possible(Double)
    /// All counts are scaled by it.
    case applied(Double)

    /// - Parameters:
    ///   - known: true counts and the network's.
    ///   - share: by what share of the errors it has to help.
    init(_ known: [OutputFactor.Sample], by share: Double, isAskedFor: Bool) {
        guard let factor = OutputFactor.helpful(for: known, by: share) else {
            self = .none
            return
        }
        self = isAskedFor ? .applied(factor) : .possible(factor)
    }

    /// The factor that was applied, as factors are told; `nil` where none was.
    public var words: String? {
        if case .applied(let factor) = self { OutputFactor.words(factor) } else { nil }
    }

    /// What counts are multiplied by: 1 where nothing was applied.
    public var factor: Double {
        if case .applied(let factor) = self { factor } else { 1 }
    }
}
