import CSystem
import Glibc

/// A serial executor that owns one operating-system thread.
///
/// For actors that call blocking C interfaces (libpq) or interfaces bound to the calling thread (the card's runtime):
/// every job of the actor runs on this thread and no other, so blocking it blocks nobody else. The thread ends when
/// the executor is released, after the jobs that were enqueued before.
public final class ThreadExecutor: SerialExecutor {
    private let queue: JobQueue

    /// Starts the thread.
    /// - Parameter name: shown by `top -H`; the first 15 bytes count.
    public init(name: String) {
        let queue = JobQueue()
        self.queue = queue
        let box = Unmanaged.passRetained(ThreadStart(name: name, queue: queue))
        var thread = pthread_t()
        let status = pthread_create(
            &thread, nil,
            { raw in
                guard let raw else { return nil }
                let start = Unmanaged<ThreadStart>.fromOpaque(raw).takeRetainedValue()
                headcount_name_thread(start.name)
                start.queue.runUntilClosed()
                return nil
            }, box.toOpaque())
        // Out of threads at start-up: nothing that follows could work, and no caller could do better than end.
        precondition(status == 0, "cannot start thread \(name): \(String(cString: strerror(status)))")
        pthread_detach(thread)
    }

    deinit {
        queue.close()
    }

    /// Appends a job; the Swift runtime calls this.
    public func enqueue(_ job: consuming ExecutorJob) {
        queue.append(UnownedJob(job), on: self)
    }
}

private final class ThreadStart: Sendable {
    let name: String
    let queue: JobQueue

    init(name: String, queue: JobQueue) {
        self.name = name
        self.queue = queue
    }
}
