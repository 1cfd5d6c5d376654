/// Wakes one task that waits for something to happen, or for time to pass.
///
/// A nudge that finds nobody waiting is kept for the next to wait; several of them count as one.
public final class Nudge: Sendable {
    private struct State {
        var isNudged = false
        /// Grows with every wait: what ends one wait, late, must not end the next.
        var wait = 0
        /// True where time or cancellation ended the wait, perhaps before its continuation was there.
        var isOver = false
        var continuation: CheckedContinuation<Bool, Never>?

        mutating func takeNudge() -> Bool {
            defer { isNudged = false }
            return isNudged
        }
    }

    private let state = Locked(State())

    /// Nobody waits, nothing happened yet.
    public init() {}

    /// Wakes the waiting task.
    public func nudge() {
        let waiting: CheckedContinuation<Bool, Never>? = state.withLock { state in
            state.isNudged = state.continuation == nil
            return state.continuation.take()
        }
        waiting?.resume(returning: true)
    }

    /// Waits for a nudge, at most so long. One task may wait at a time.
    /// - Returns: true for a nudge, false where the time is over.
    /// - Throws: `CancellationError` where the task is cancelled.
    @discardableResult
    public func wait(atMost limit: Duration) async throws -> Bool {
        try Task.checkCancellation()
        if state.withLock({ $0.takeNudge() }) { return true }
        let wait = state.withLock { state in
            state.wait += 1
            state.isOver = false
            return state.wait
        }
        let alarm = Task { [weak self] in
            try await Task.sleep(for: limit)
            self?.end(wait)
        }
        defer { alarm.cancel() }
        let isNudged = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: Bool? = state.withLock { state in
                    precondition(state.continuation == nil, "two tasks wait for one nudge")
                    if state.isNudged || state.isOver { return state.takeNudge() }
                    state.continuation = continuation
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            end(wait)
        }
        try Task.checkCancellation()
        return isNudged
    }

    private func end(_ wait: Int) {
        let waiting: CheckedContinuation<Bool, Never>? = state.withLock { state in
            guard state.wait == wait else { return nil }
            state.isOver = true
            return state.continuation.take()
        }
        waiting?.resume(returning: false)
    }
}
