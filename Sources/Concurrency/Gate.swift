/// A counting semaphore for tasks: at most `limit` holders at a time, the others wait in order of arrival.
///
/// A stage of the worker's pipeline is bounded by a gate rather than by a pool of threads. Waiting is cancellable.
public final class Gate: Sendable {
    private struct State {
        var limit: Int
        var taken = 0
        var nextTicket: UInt64 = 0
        var waiting: [UInt64: CheckedContinuation<Void, any Error>] = [:]
        var order: [UInt64] = []

        /// Hands the free places to those that wait.
        mutating func admit() -> [CheckedContinuation<Void, any Error>] {
            var admitted: [CheckedContinuation<Void, any Error>] = []
            while taken < limit, !order.isEmpty {
                // Tickets of cancelled waiters are still in the order, without a continuation.
                guard let continuation = waiting.removeValue(forKey: order.removeFirst()) else { continue }
                taken += 1
                admitted.append(continuation)
            }
            return admitted
        }
    }

    private let state: Locked<State>

    /// - Parameter limit: how many may hold the gate at once; at least one.
    public init(limit: Int) {
        state = Locked(State(limit: max(1, limit)))
    }

    /// How many may hold the gate at once. Where it is lowered, those that hold the gate keep it.
    public var limit: Int {
        get { state.withLock { $0.limit } }
        set {
            let admitted = state.withLock { state in
                state.limit = max(1, newValue)
                return state.admit()
            }
            admitted.forEach { $0.resume() }
        }
    }

    /// Runs `body` while holding one place.
    /// - Throws: `CancellationError` when the task is cancelled before a place is free; else what `body` throws.
    public func withPlace<Result>(_ body: () async throws -> Result) async throws -> Result {
        try await enter()
        defer { leave() }
        return try await body()
    }

    private func enter() async throws {
        let ticket: UInt64 = state.withLock { state in
            defer { state.nextTicket += 1 }
            return state.nextTicket
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let admitted: Result<Void, any Error>? = state.withLock { state in
                    if Task.isCancelled { return .failure(CancellationError()) }
                    if state.taken < state.limit {
                        state.taken += 1
                        return .success(())
                    }
                    state.waiting[ticket] = continuation
                    state.order.append(ticket)
                    return nil
                }
                if let admitted { continuation.resume(with: admitted) }
            }
        } onCancel: {
            state.withLock { $0.waiting.removeValue(forKey: ticket) }?.resume(throwing: CancellationError())
        }
    }

    private func leave() {
        let admitted = state.withLock { state in
            state.taken -= 1
            return state.admit()
        }
        admitted.forEach { $0.resume() }
    }
}
