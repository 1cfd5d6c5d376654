import Testing

@testable import Concurrency

@Suite struct ResourcePoolTests {
    @Test("a taker that is cancelled while it waits gets nothing, and keeps nothing from the others")
    func cancelledWhileWaiting() async {
        let pool = ResourcePool([1])
        #expect(await pool.take() == 1)
        let cancelled = Task { await pool.takeUnlessCancelled() }
        let patient = Task { await pool.takeUnlessCancelled() }
        cancelled.cancel()
        #expect(await cancelled.value == nil)
        pool.giveBack(1)
        #expect(await patient.value == 1)
        pool.giveBack(1)
        #expect(await pool.take() == 1)
    }

    @Test("of what is free a taker gets the one that it prefers, and any other where that is taken")
    func preferred() async {
        let pool = ResourcePool([1, 2, 3])
        #expect(await pool.takeUnlessCancelled { $0 == 1 } == 1)
        #expect(await pool.takeUnlessCancelled { $0 == 1 } == 3)
    }

    @Test("a task that is cancelled already takes nothing, even where there is something")
    func cancelledBefore() async {
        let pool = ResourcePool([1])
        let taken = Task {
            while !Task.isCancelled { await Task.yield() }
            return await pool.takeUnlessCancelled()
        }
        taken.cancel()
        #expect(await taken.value == nil)
        #expect(await pool.take() == 1)
    }

    @Test("whoever is cancelled while it waits for a task waits no longer, and the task goes on")
    func valueUnlessCancelled() async throws {
        let (stream, end) = AsyncStream.makeStream(of: Void.self)
        let slow = Task<Int, any Error> {
            for await _ in stream {}
            return 7
        }
        let waiting = Task { try await slow.valueUnlessCancelled }
        let patient = Task { try await slow.valueUnlessCancelled }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        #expect(!slow.isCancelled)
        end.finish()
        #expect(try await patient.value == 7)
    }
}
