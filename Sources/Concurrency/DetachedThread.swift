import CSystem
import Glibc

/// A thread that nobody waits for.
public enum DetachedThread {
    /// Runs `body` on a thread of its own, which ends with it.
    ///
    /// Out of threads nothing that follows could work, and no caller could do better than end: the process ends.
    /// - Parameter name: shown by `top -H`; the first 15 bytes count.
    public static func start(named name: String, _ body: @escaping @Sendable () -> Void) {
        let box = Unmanaged.passRetained(ThreadStart(name: name, body: body))
        var thread = pthread_t()
        let status = pthread_create(
            &thread, nil,
            { raw in
                guard let raw else { return nil }
                let start = Unmanaged<ThreadStart>.fromOpaque(raw).takeRetainedValue()
                headcount_name_thread(start.name)
                start.body()
                return nil
            }, box.toOpaque())
        precondition(status == 0, "cannot start thread \(name): \(String(cString: strerror(status)))")
        pthread_detach(thread)
    }
}

private final class ThreadStart: Sendable {
    let name: String
    let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) {
        self.name = name
        self.body = body
    }
}
