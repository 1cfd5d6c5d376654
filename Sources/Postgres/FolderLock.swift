import Glibc

/// The right to work on a folder, against every other process and thread; the kernel ends it with the process.
enum FolderLock {
    /// Waits for the lock, and holds it while `body` runs.
    /// - Parameter path: of the lock file, which stays.
    static func hold<Result>(
        _ path: String, _ body: () throws(PostgresError) -> Result
    ) throws(PostgresError) -> Result {
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard file >= 0 else {
            throw .localFailed(folder: path, step: "opening its lock", reason: String(cString: strerror(errno)))
        }
        defer { close(file) }
        while flock(file, LOCK_EX) != 0 {
            guard errno == EINTR else {
                throw .localFailed(folder: path, step: "locking", reason: String(cString: strerror(errno)))
            }
        }
        return try body()
    }
}
