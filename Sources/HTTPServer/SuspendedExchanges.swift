import CHTTPServer
import Concurrency

/// The requests of a daemon that wait for their answers, each with a connection that the library leaves alone.
///
/// Every connection must go on before the daemon stops: `close()` sees to that, and what is answered after it is
/// nobody's any more.
final class SuspendedExchanges: Sendable {
    private struct Suspended: @unchecked Sendable {
        // Unchecked because of the pointer, which the library takes from any thread.
        let exchange: Exchange
        let connection: OpaquePointer
    }

    private struct State: Sendable {
        var waiting: [ObjectIdentifier: Suspended] = [:]
        var isClosed = false
    }

    private let state = Locked(State())

    /// Leaves a connection alone until it is answered.
    /// - Returns: false where the daemon stops.
    func suspend(_ exchange: Exchange, on connection: OpaquePointer) -> Bool {
        let suspended = Suspended(exchange: exchange, connection: connection)
        return state.withLock { state in
            guard !state.isClosed else { return false }
            state.waiting[ObjectIdentifier(exchange)] = suspended
            MHD_suspend_connection(connection)
            return true
        }
    }

    /// Lets the connection of an exchange go on with its answer.
    func answer(_ exchange: Exchange, with response: HTTPResponse) {
        state.withLock { state in
            guard let suspended = state.waiting.removeValue(forKey: ObjectIdentifier(exchange)) else { return }
            suspended.exchange.answer(with: response)
            MHD_resume_connection(suspended.connection)
        }
    }

    /// Answers all that wait, and takes none any more.
    func close() {
        state.withLock { state in
            state.isClosed = true
            for suspended in state.waiting.values {
                suspended.exchange.answer(with: .refusal(503, "The server stops"))
                MHD_resume_connection(suspended.connection)
            }
            state.waiting = [:]
        }
    }
}
