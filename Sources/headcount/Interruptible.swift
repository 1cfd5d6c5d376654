import Concurrency

/// Work that a signal cancels instead of ending the process, so that what it made on this machine or in a server is
/// removed.
enum Interruptible {
    /// Runs `body` to its end.
    /// - Parameter signals: made before the first thing that is to be removed.
    /// - Throws: `CancellationError` where a signal came, and what `body` throws.
    static func run<Result: Sendable>(
        until signals: StopSignals = StopSignals(), _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let running = Task { try await body() }
        let isStopped = Locked(false)
        let listening = Task {
            for await _ in signals.stream {
                isStopped.withLock { $0 = true }
                running.cancel()
            }
        }
        defer { listening.cancel() }
        let result = await running.result
        if isStopped.withLock({ $0 }) { throw CancellationError() }
        return try result.get()
    }
}
