import CCurl
import Concurrency

/// How tasks reach the thread of a fetcher: what they ask for lies here until the thread, woken, takes it.
final class TransferInbox: Sendable {
    /// What has come since the last look.
    struct Arrivals {
        var requests: [TransferRequest] = []
        var cancellations: [UInt64] = []
    }

    private struct State {
        var arrivals = Arrivals()
        var nextTicket: UInt64 = 0
        var isClosed = false
        /// nil once the thread has ended and the handle with it.
        var wakes: UnsafeMutableRawPointer?
    }

    private let state: Locked<State>

    /// - Parameter multi: the handle whose poll is woken, valid until `end()`.
    init(waking multi: UnsafeMutableRawPointer) {
        state = Locked(State(wakes: multi))
    }

    func nextTicket() -> UInt64 {
        state.withLock { state in
            state.nextTicket += 1
            return state.nextTicket
        }
    }

    /// Hands in a request; one of a task that is cancelled already, or after `close()`, is answered at once.
    func submit(_ request: TransferRequest) {
        let refusal: FetchError? = state.withLock { state in
            // Asked under the lock: a cancellation from here on comes through `cancel` after the request.
            if Task.isCancelled { return .cancelled(url: request.url.redacted) }
            if state.isClosed { return .closed(url: request.url.redacted) }
            state.arrivals.requests.append(request)
            Self.wake(state)
            return nil
        }
        if let refusal { request.continuation.resume(returning: .failure(refusal)) }
    }

    func cancel(_ ticket: UInt64) {
        state.withLock { state in
            state.arrivals.cancellations.append(ticket)
            Self.wake(state)
        }
    }

    func close() {
        state.withLock { state in
            state.isClosed = true
            Self.wake(state)
        }
    }

    /// What has come; `isClosed` says that nothing more will.
    func take() -> (arrivals: Arrivals, isClosed: Bool) {
        state.withLock { state in
            defer { state.arrivals = Arrivals() }
            return (state.arrivals, state.isClosed)
        }
    }

    /// After it the handle is not woken any more and may be freed.
    func end() {
        state.withLock { $0.wakes = nil }
    }

    private static func wake(_ state: State) {
        guard let multi = state.wakes else { return }
        curl_multi_wakeup(multi)
    }
}
