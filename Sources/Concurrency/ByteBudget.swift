/// A bounded amount of memory that tasks set aside before they use it; the others wait in order of arrival.
///
/// What is set aside is given back when its `Reservation` is released, at the latest when the last reference to it goes.
/// Who waits for one budget must not hold what another needs to give back: then nobody waits for ever.
public final class ByteBudget: Sendable {
    private struct Waiting {
        let ticket: UInt64
        let bytes: Int
    }

    private struct State {
        var used = 0
        var nextTicket: UInt64 = 0
        var order: [Waiting] = []
        var continuations: [UInt64: CheckedContinuation<Void, any Error>] = [:]

        /// Grants what fits, first come, first served: a large request is not passed by small ones for ever.
        mutating func admit(within limit: Int) -> [CheckedContinuation<Void, any Error>] {
            var admitted: [CheckedContinuation<Void, any Error>] = []
            while let next = order.first {
                // Those of cancelled waiters are still in the order, without a continuation.
                guard let continuation = continuations[next.ticket] else {
                    order.removeFirst()
                    continue
                }
                guard used + next.bytes <= limit else { break }
                order.removeFirst()
                continuations[next.ticket] = nil
                used += next.bytes
                admitted.append(continuation)
            }
            return admitted
        }
    }

    /// Bytes that may be set aside at once.
    public let limit: Int
    private let state = Locked(State())

    /// A budget of so many bytes.
    public init(limit: Int) {
        self.limit = max(0, limit)
    }

    /// Bytes that are set aside at the moment.
    public var used: Int { state.withLock { $0.used } }

    /// Tasks that wait for memory at the moment.
    public var waiting: Int { state.withLock { $0.continuations.count } }

    /// Sets memory aside.
    /// - Precondition: `bytes` is within `limit`; no wait would bring more.
    /// - Throws: `CancellationError` when the task is cancelled before the memory is there.
    public func reserve(_ bytes: Int) async throws -> Reservation {
        precondition((0...limit).contains(bytes), "\(bytes) bytes of a budget of \(limit)")
        let ticket: UInt64 = state.withLock { state in
            defer { state.nextTicket += 1 }
            return state.nextTicket
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let admitted: Result<Void, any Error>? = state.withLock { state in
                    if Task.isCancelled { return .failure(CancellationError()) }
                    if state.continuations.isEmpty, state.used + bytes <= limit {
                        state.used += bytes
                        return .success(())
                    }
                    state.order.append(Waiting(ticket: ticket, bytes: bytes))
                    state.continuations[ticket] = continuation
                    return nil
                }
                if let admitted { continuation.resume(with: admitted) }
            }
        } onCancel: {
            let (cancelled, admitted) = state.withLock { state in
                // Whoever stood behind a large request may fit now.
                (state.continuations.removeValue(forKey: ticket), state.admit(within: limit))
            }
            cancelled?.resume(throwing: CancellationError())
            admitted.forEach { $0.resume() }
        }
        return Reservation(bytes, of: self)
    }

    /// Sets memory aside where it is there and nobody waits for it.
    public func reserveAtOnce(_ bytes: Int) -> Reservation? {
        let isTaken = state.withLock { state in
            guard state.continuations.isEmpty, bytes >= 0, state.used + bytes <= limit else { return false }
            state.used += bytes
            return true
        }
        return isTaken ? Reservation(bytes, of: self) : nil
    }

    fileprivate func giveBack(_ bytes: Int) {
        let admitted = state.withLock { state in
            state.used -= bytes
            return state.admit(within: limit)
        }
        admitted.forEach { $0.resume() }
    }

    /// Memory that was set aside.
    public final class Reservation: Sendable {
        private let budget: ByteBudget
        private let held: Locked<Int>

        fileprivate init(_ bytes: Int, of budget: ByteBudget) {
            self.budget = budget
            held = Locked(bytes)
        }

        deinit {
            release()
        }

        /// Bytes that are still set aside.
        public var bytes: Int { held.withLock { $0 } }

        /// Gives back all but `bytes`; it never grows.
        public func shrink(to bytes: Int) {
            let freed = held.withLock { held in
                let freed = max(0, held - max(0, bytes))
                held -= freed
                return freed
            }
            if freed > 0 { budget.giveBack(freed) }
        }

        /// Gives everything back.
        public func release() {
            shrink(to: 0)
        }
    }
}
