import Glibc

/// The jobs of one `ThreadExecutor`, first in, first out.
///
/// A pthread condition rather than `Synchronization.Mutex`, which has nothing to wait on.
final class JobQueue: @unchecked Sendable {
    // Unchecked because the compiler cannot see that `jobs` and `closed` are touched only under `mutex`. Each entry
    // keeps its executor alive until it ran: the thread does not, so that releasing the executor can end it.

    private struct Entry {
        let job: UnownedJob
        let executor: ThreadExecutor
    }

    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let arrived = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var jobs: [Entry] = []
    private var closed = false

    init() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(arrived, nil)
    }

    deinit {
        pthread_cond_destroy(arrived)
        pthread_mutex_destroy(mutex)
        arrived.deallocate()
        mutex.deallocate()
    }

    func append(_ job: UnownedJob, on executor: ThreadExecutor) {
        pthread_mutex_lock(mutex)
        let wasEmpty = jobs.isEmpty
        jobs.append(Entry(job: job, executor: executor))
        pthread_mutex_unlock(mutex)
        // After the unlock, so that the thread does not wake only to wait for the mutex. Where jobs were waiting
        // already, it is awake.
        if wasEmpty { pthread_cond_signal(arrived) }
    }

    func close() {
        pthread_mutex_lock(mutex)
        closed = true
        pthread_cond_signal(arrived)
        pthread_mutex_unlock(mutex)
    }

    func runUntilClosed() {
        while let batch = takeAll() {
            for entry in batch {
                entry.job.runSynchronously(on: entry.executor.asUnownedSerialExecutor())
            }
        }
    }

    /// The waiting jobs, or `nil` once the queue is closed and empty.
    private func takeAll() -> [Entry]? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while jobs.isEmpty && !closed {
            pthread_cond_wait(arrived, mutex)
        }
        guard !jobs.isEmpty else { return nil }
        let batch = jobs
        jobs = []
        return batch
    }
}
