import Glibc

/// A value that is only ever touched under its lock.
///
/// A pthread mutex rather than `Synchronization.Mutex`: the thread sanitizer reports false races on the latter on
/// Linux, and the values kept here are not `sending`. Where the lock is contended both cost the same.
public final class Locked<Value>: @unchecked Sendable {
    // Unchecked because the compiler cannot see that `value` is reached only between lock and unlock.

    private var value: Value
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

    /// Holds `value`.
    public init(_ value: Value) {
        self.value = value
        pthread_mutex_init(mutex, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    /// Runs `body` with the value, one caller at a time. `body` must not take the same lock again.
    public func withLock<Result, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value)
    }
}
