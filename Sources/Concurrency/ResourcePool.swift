/// A fixed number of resources, each with one user at a time; takers wait in order of arrival.
///
/// Waiting is not cancelled: it is for takers who wait for each other alone, each of whom ends.
public final class ResourcePool<Resource: Sendable>: Sendable {
    private struct State {
        var free: [Resource]
        var waiting: [CheckedContinuation<Resource, Never>] = []
    }

    private let state: Locked<State>

    /// A pool of these; the last one is handed out first.
    public init(_ resources: [Resource]) {
        state = Locked(State(free: resources))
    }

    /// Waits for a resource, which is the caller's until it gives it back.
    public func take() async -> Resource {
        await withCheckedContinuation { continuation in
            let resource: Resource? = state.withLock { state in
                if let resource = state.free.popLast() { return resource }
                state.waiting.append(continuation)
                return nil
            }
            if let resource { continuation.resume(returning: resource) }
        }
    }

    /// Hands a resource to the next who waits.
    public func giveBack(_ resource: Resource) {
        let next: CheckedContinuation<Resource, Never>? = state.withLock { state in
            if state.waiting.isEmpty {
                state.free.append(resource)
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.resume(returning: resource)
    }
}
