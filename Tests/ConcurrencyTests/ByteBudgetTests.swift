import Concurrency
import Testing

struct ByteBudgetTests {
    @Test("there is never more set aside than the limit, and everybody gets what he asked for")
    func limit() async throws {
        let budget = ByteBudget(limit: 100)
        try await withThrowingTaskGroup { group in
            for number in 0..<200 {
                group.addTask {
                    let reservation = try await budget.reserve(number % 100 + 1)
                    await Task.yield()
                    #expect(budget.used <= 100)
                    if number.isMultiple(of: 3) { reservation.shrink(to: 1) }
                    await Task.yield()
                    reservation.release()
                }
            }
            try await group.waitForAll()
        }
        #expect(budget.used == 0)
    }

    @Test("a large request is not passed by small ones that came later")
    func order() async throws {
        let budget = ByteBudget(limit: 10)
        let first = try await budget.reserve(6)
        let large = Task { try await budget.reserve(8) }
        while budget.waiting == 0 { await Task.yield() }
        let small = Task { try await budget.reserve(1) }
        while budget.waiting == 1 { await Task.yield() }
        #expect(budget.used == 6)
        first.release()
        let held = try await (large.value, small.value)
        #expect(budget.used == 9)
        _ = held
    }

    @Test("a request that is cancelled takes nothing and lets those behind it through")
    func cancellation() async throws {
        let budget = ByteBudget(limit: 10)
        let first = try await budget.reserve(5)
        let large = Task { try await budget.reserve(10) }
        while budget.waiting == 0 { await Task.yield() }
        let small = Task { try await budget.reserve(5) }
        while budget.waiting == 1 { await Task.yield() }
        large.cancel()
        await #expect(throws: CancellationError.self) { try await large.value }
        let second = try await small.value
        #expect(budget.used == 10)
        first.release()
        second.release()
        #expect(budget.used == 0)
    }

    @Test("a reservation gives back what it holds once, at the latest when it goes")
    func release() async throws {
        let budget = ByteBudget(limit: 10)
        do {
            let reservation = try await budget.reserve(10)
            reservation.shrink(to: 4)
            #expect(budget.used == 4)
            reservation.shrink(to: 9)
            #expect(reservation.bytes == 4)
        }
        #expect(budget.used == 0)
        let again = try await budget.reserve(3)
        again.release()
        again.release()
        #expect(budget.used == 0)
    }
}
