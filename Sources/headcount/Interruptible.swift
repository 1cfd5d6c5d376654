import Concurrency
import Glibc

/// Work that a signal cancels instead of ending the process, so that what it made on this machine or in a server is
/// removed.
enum Interruptible {
    /// A signal came, and the work was ended.
    struct Stopped: Error, CustomStringConvertible {
        /// Its number.
        let signal: Int32

        /// One line for people.
        var description: String {
            let name = signal == SIGINT ? "SIGINT" : signal == SIGHUP ? "SIGHUP" : "SIGTERM"
            return "stopped by \(name)"
        }
    }

    /// Runs `body` to its end.
    /// - Parameter signals: made before the first thing that is to be removed.
    /// - Throws: `Stopped` where a signal came, and what `body` throws.
    static func run<Result: Sendable>(
        until signals: StopSignals = StopSignals(), _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let running = Task { try await body() }
        let stopped = Locked<Int32?>(nil)
        let listening = Task {
            for await number in signals.stream {
                stopped.withLock { $0 = $0 ?? number }
                running.cancel()
            }
        }
        defer { listening.cancel() }
        let result = await running.result
        if let signal = stopped.withLock({ $0 }) { throw Stopped(signal: signal) }
        return try result.get()
    }
}
