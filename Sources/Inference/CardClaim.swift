import Concurrency

/// The right of one network to a card, for as long as this lives.
///
/// The device holds it, so that the card is free for another network only once its memory is.
final class CardClaim: Sendable {
    /// The cards of this process that are taken.
    private static let taken = Locked<Set<String>>([])

    private let name: String

    /// - Parameter name: the card's.
    /// - Throws: `InferenceError.deviceFailed` where this process has a network on the card already: see
    ///   `BM1684Files` for what they would share.
    init(_ name: String) throws(InferenceError) {
        guard Self.taken.withLock({ $0.insert(name).inserted }) else {
            throw .deviceFailed(device: name, reason: "this process has a network on it already; close that first")
        }
        self.name = name
    }

    deinit {
        _ = Self.taken.withLock { $0.remove(name) }
    }
}
