import Archive
import Testing

@testable import Worker

/// What waits for somebody's locks.
struct UnwrittenQueueTests {
    /// Told apart by `last`.
    private static func given(_ last: Int, shard: Int, run: Int = 1) -> Unwritten {
        .givenUp(ShardLease(shard: shard, token: 1), run: run, last: last)
    }

    private static func numbers(_ all: [Unwritten]) -> [Int] {
        all.map { unwritten in
            guard case .givenUp(_, _, let last) = unwritten else { return -1 }
            return last
        }
    }

    /// Takes out what is there, in order.
    private static func emptied(_ queue: inout UnwrittenQueue) -> [Int] {
        var all: [Unwritten] = []
        while let first = queue.first {
            all.append(first)
            queue.removeFirst()
        }
        return numbers(all)
    }

    @Test("what is new of a run waits behind what is kept of it, and what is of others does not")
    func order() {
        var queue = UnwrittenQueue()
        queue.keep(Self.given(10, shard: 1))
        let new = [
            Self.given(11, shard: 1), Self.given(20, shard: 2, run: 2), Self.given(30, shard: 3),
            Self.given(12, shard: 1),
        ]
        #expect(Self.numbers(queue.add(new)) == [20])
        #expect(queue.holds(run: 1) && !queue.holds(run: 2))
        #expect(Self.emptied(&queue) == [10, 11, 30, 12])
        #expect(queue.isEmpty)
    }

    @Test("a shard that is locked comes behind the others of its run, in its own order, and its run behind other runs")
    func turns() {
        var queue = UnwrittenQueue()
        for (last, shard) in [(10, 1), (20, 2), (11, 1)] { queue.keep(Self.given(last, shard: shard)) }
        queue.keep(Self.given(30, shard: 3, run: 2))
        queue.postponeFirst(as: Self.given(10, shard: 1))
        #expect(queue.runs == [1, 2])
        var copy = queue
        #expect(Self.emptied(&copy) == [30, 20, 10, 11])
        queue.removeFirst()
        queue.postponeFirst(as: Self.given(20, shard: 2))
        #expect(Self.emptied(&queue) == [10, 11, 20])
    }

    @Test("it is empty until something is kept, and again when all was written")
    func quiet() {
        var queue = UnwrittenQueue()
        #expect(queue.isEmpty)
        let kept = Self.given(1, shard: 1)
        queue.keep(kept)
        queue.postponeFirst(as: kept)
        #expect(!queue.isEmpty)
        queue.removeFirst()
        #expect(queue.isEmpty)
    }
}
