/// A part of the program that works until its task is cancelled.
public protocol Service: Sendable {
    /// Works. Returning before it is cancelled is no failure.
    /// - Throws: what ends the program; `CancellationError` where it was cancelled.
    func run() async throws
}

extension Service {
    /// Runs this together with others that end when it does. Whatever one of them throws ends all.
    public func run(beside others: [any Service]) async throws {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await self.run()
                return true
            }
            for other in others {
                group.addTask {
                    try await other.run()
                    return false
                }
            }
            defer { group.cancelAll() }
            while let isOver = try await group.next() {
                if isOver { return }
            }
        }
    }
}
