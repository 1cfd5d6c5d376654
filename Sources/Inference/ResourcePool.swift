import Concurrency

/// A fixed number of resources, each with one user at a time; takers wait in order of arrival.
///
/// Waiting is not cancelled: a taker waits for batches of the device alone, and each of those ends.
final class ResourcePool<Resource: Sendable>: Sendable {
    private struct State {
        var free: [Resource]
        var waiting: [CheckedContinuation<Resource, Never>] = []
    }

    private let state: Locked<State>

    init(_ resources: [Resource]) {
        state = Locked(State(free: resources))
    }

    func take() async -> Resource {
        await withCheckedContinuation { continuation in
            let resource: Resource? = state.withLock { state in
                if let resource = state.free.popLast() { return resource }
                state.waiting.append(continuation)
                return nil
            }
            if let resource { continuation.resume(returning: resource) }
        }
    }

    func giveBack(_ resource: Resource) {
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
