/// How many workers share a host.
public struct HostCrowd: Sendable, Equatable {
    /// What one of them may take.
    public struct Share: Sendable, Equatable {
        /// Bytes for pictures.
        public let memory: Int
        /// Pictures decoded at once.
        public let decodes: Int
    }

    /// The least part, in bytes: pictures that are too large for a part fail for good, and what is enough for those of an
    /// archive is seldom all in use.
    private static let leastMemory = 512 << 20

    /// Cards that workers are wanted on.
    public let cards: Int
    /// Workers wanted on all of them.
    public let workers: Int

    /// A crowd of two numbers.
    public init(cards: Int, workers: Int) {
        self.cards = cards
        self.workers = workers
    }

    /// An equal part for each of what a worker alone would take; `nil` where there is but one.
    /// - Parameters:
    ///   - memory: bytes for pictures.
    ///   - cores: of the machine.
    ///   - most: workers that a card may come to have by itself.
    public func share(memory: Int, cores: Int, most: Int) -> Share? {
        let workers = max(workers, cards * most)
        guard workers > 1 else { return nil }
        return Share(memory: max(Self.leastMemory, memory / workers), decodes: max(1, cores / workers))
    }
}
