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
        DetachedThread.start(named: name) { queue.runUntilClosed() }
    }

    deinit {
        queue.close()
    }

    /// Appends a job; the Swift runtime calls this.
    public func enqueue(_ job: consuming ExecutorJob) {
        queue.append(UnownedJob(job), on: self)
    }
}
