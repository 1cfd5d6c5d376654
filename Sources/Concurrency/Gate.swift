/// A counting semaphore for tasks: at most `limit` holders at a time, the others wait in order of arrival.
///
/// A stage of the worker's pipeline is bounded by a gate rather than by a pool of threads. Waiting is cancellable.
public final class Gate: Sendable {
    private struct State {
        var free: Int
        var nextTicket: UInt64 = 0
        var waiting: [UInt64: CheckedContinuation<Void, any Error>] = [:]
        var order: [UInt64] = []
    }

    private let state: Locked<State>

    /// - Parameter limit: how many may hold the gate at once; at least one.
    public init(limit: Int) {
        state = Locked(State(free: max(1, limit)))
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
                    if state.free > 0 {
                        state.free -= 1
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
        let next: CheckedContinuation<Void, any Error>? = state.withLock { state in
            while !state.order.isEmpty {
                // Tickets of cancelled waiters are still in the order, without a continuation.
                if let continuation = state.waiting.removeValue(forKey: state.order.removeFirst()) {
                    return continuation
                }
            }
            state.free += 1
            return nil
        }
        next?.resume()
    }
}
