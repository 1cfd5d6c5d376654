import Concurrency
import Testing

@Suite struct GateTests {
    private struct Refusal: Error, Equatable {}

    /// Holds a place of a gate until it is told to let go.
    private struct Holder {
        let task: Task<Void, any Error>
        private let release: AsyncStream<Void>.Continuation

        /// Returns once the place is held.
        init(_ gate: Gate) async {
            let (released, release) = AsyncStream<Void>.makeStream()
            let (entered, enter) = AsyncStream<Void>.makeStream()
            task = Task {
                try await gate.withPlace {
                    enter.finish()
                    for await _ in released {}
                }
            }
            self.release = release
            for await _ in entered {}
        }

        func letGo() async throws {
            release.finish()
            try await task.value
        }
    }

    @Test("There are never more holders than places, and every task gets one", arguments: [1, 2, 5])
    func limit(_ limit: Int) async throws {
        let gate = Gate(limit: limit)
        let holders = Locked((now: 0, most: 0, all: 0))
        try await withThrowingTaskGroup { group in
            for _ in 0..<100 {
                group.addTask {
                    try await gate.withPlace {
                        holders.withLock {
                            $0.now += 1
                            $0.most = max($0.most, $0.now)
                        }
                        await Task.yield()
                        holders.withLock {
                            $0.now -= 1
                            $0.all += 1
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        let result = holders.withLock { $0 }
        #expect(result.most <= limit)
        #expect(result.all == 100)
    }

    @Test("As many as there are places hold one at the same time")
    func allPlaces() async throws {
        let gate = Gate(limit: 3)
        let holders = [await Holder(gate), await Holder(gate), await Holder(gate)]
        for holder in holders { try await holder.letGo() }
    }

    @Test("A limit below one is one")
    func smallestLimit() async throws {
        let result = try await Gate(limit: 0).withPlace { 7 }
        #expect(result == 7)
    }

    @Test("A body that throws gives its place back")
    func throwing() async throws {
        let gate = Gate(limit: 1)
        await #expect(throws: Refusal()) { try await gate.withPlace { throw Refusal() } }
        let result = try await gate.withPlace { 7 }
        #expect(result == 7)
    }

    @Test("A cancelled waiter leaves, and the place goes to the next")
    func cancellation() async throws {
        let gate = Gate(limit: 1)
        let holder = await Holder(gate)
        let waiter = Task { try await gate.withPlace { Issue.record("a cancelled waiter got in") } }
        waiter.cancel()
        await #expect(throws: CancellationError.self) { try await waiter.value }
        try await holder.letGo()
        let result = try await gate.withPlace { 7 }
        #expect(result == 7)
    }
}
