/// A fixed number of resources, each with one user at a time; takers wait in order of arrival.
public final class ResourcePool<Resource: Sendable>: Sendable {
    private struct State {
        var free: [Resource]
        var nextTicket: UInt64 = 0
        /// Tickets of cancelled takers stay in it, without a continuation.
        var order: [UInt64] = []
        var waiting: [UInt64: CheckedContinuation<Resource?, Never>] = [:]

        mutating func nextTaker() -> CheckedContinuation<Resource?, Never>? {
            while !order.isEmpty {
                if let taker = waiting.removeValue(forKey: order.removeFirst()) { return taker }
            }
            return nil
        }
    }

    private let state: Locked<State>

    /// A pool of these; the last one is handed out first.
    public init(_ resources: [Resource]) {
        state = Locked(State(free: resources))
    }

    /// Waits for a resource, which is the caller's until it gives it back. The wait is not cancelled: it is for takers who
    /// wait for each other alone, each of whom ends.
    public func take() async -> Resource {
        // Nobody but a cancelled taker gets nothing.
        while true {
            if let resource = await wait(as: ticket(), cancellable: false) { return resource }
        }
    }

    /// The same, but for a task that is cancelled.
    /// - Parameter isPreferred: of those that are free, the one to take.
    /// - Returns: `nil` where it was cancelled before there was one.
    public func takeUnlessCancelled(
        preferring isPreferred: @Sendable (Resource) -> Bool = { _ in false }
    ) async -> Resource? {
        let ticket = ticket()
        return await withTaskCancellationHandler {
            await wait(as: ticket, cancellable: true, preferring: isPreferred)
        } onCancel: {
            state.withLock { $0.waiting.removeValue(forKey: ticket) }?.resume(returning: nil)
        }
    }

    /// Hands a resource to the next who waits.
    public func giveBack(_ resource: Resource) {
        let next = state.withLock { state in
            let next = state.nextTaker()
            if next == nil { state.free.append(resource) }
            return next
        }
        next?.resume(returning: resource)
    }

    private func ticket() -> UInt64 {
        state.withLock { state in
            state.nextTicket += 1
            return state.nextTicket
        }
    }

    private func wait(
        as ticket: UInt64, cancellable: Bool, preferring isPreferred: (Resource) -> Bool = { _ in false }
    ) async -> Resource? {
        await withCheckedContinuation { continuation in
            let answer: Resource?? = state.withLock { state in
                // Asked under the lock: a cancellation from here on finds the taker.
                if cancellable, Task.isCancelled { return .some(nil) }
                if let place = state.free.lastIndex(where: isPreferred) { return state.free.remove(at: place) }
                if let resource = state.free.popLast() { return resource }
                state.order.append(ticket)
                state.waiting[ticket] = continuation
                return nil
            }
            if let answer { continuation.resume(returning: answer) }
        }
    }
}
