extension Task where Failure == any Error {
    /// The value of the task, or the end of the wait where the waiting task is cancelled first: this one goes on then.
    /// - Throws: `CancellationError` where the waiting task was cancelled; else what the task throws.
    public var valueUnlessCancelled: Success {
        get async throws {
            let wait = Locked<CheckedContinuation<Success, any Error>?>(nil)
            return try await withTaskCancellationHandler {
                try await withCheckedThrowingContinuation { continuation in
                    let isCancelled = wait.withLock { wait in
                        // Asked under the lock: a cancellation from here on finds the continuation.
                        if Task<Never, Never>.isCancelled { return true }
                        wait = continuation
                        return false
                    }
                    if isCancelled { return continuation.resume(throwing: Swift.CancellationError()) }
                    Task<Void, Never> {
                        let result = await self.result
                        wait.withLock { $0.take() }?.resume(with: result)
                    }
                }
            } onCancel: {
                wait.withLock { $0.take() }?.resume(throwing: Swift.CancellationError())
            }
        }
    }
}
