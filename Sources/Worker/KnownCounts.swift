import Archive
import Concurrency
import Density
import Digest

/// What this worker counted of late, by the bytes of the pictures: the same picture under another URL is not counted
/// again.
final class KnownCounts: Sendable {
    /// What a count depends on.
    struct Key: Hashable, Sendable {
        /// Digest of the model's manifest.
        let model: String
        let plan: TilePlan
        let picture: SHA256Digest
    }

    private struct State {
        /// Forgotten ones, which keep their place in the order, are `nil`.
        var counts: [Key: KnownCount?] = [:]
        /// The keys, the oldest first from `oldest` on; a ring once it is full.
        var order: [Key] = []
        var oldest = 0
    }

    private let capacity: Int
    private let state = Locked(State())

    /// - Parameter capacity: counts that are kept, some 150 bytes each; 0 keeps none.
    init(capacity: Int) {
        self.capacity = capacity
    }

    func count(of key: Key) -> KnownCount? {
        state.withLock { $0.counts[key] ?? nil }
    }

    func note(_ known: KnownCount, of key: Key) {
        guard capacity > 0 else { return }
        state.withLock { state in
            guard state.counts.updateValue(known, forKey: key) == nil else { return }
            if state.order.count < capacity {
                state.order.append(key)
            } else {
                state.counts[state.order[state.oldest]] = nil
                state.order[state.oldest] = key
                state.oldest = (state.oldest + 1) % capacity
            }
        }
    }

    /// Forgets what comes from an image whose count was never written.
    func forget(from source: CountSource) {
        state.withLock { state in
            // Rare, so that a look at each is affordable.
            for (key, known) in state.counts where known?.source == source {
                state.counts.updateValue(nil, forKey: key)
            }
        }
    }
}
