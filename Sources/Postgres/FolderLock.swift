import Glibc

/// The right to work on a folder, against every other process and thread; the kernel ends it with the process.
enum FolderLock {
    /// Waits for the lock, and holds it while `body` runs.
    /// - Parameter folder: its file `lock` is locked, and stays.
    static func hold<Result>(
        _ folder: ClusterFolder, _ body: () throws(PostgresError) -> Result
    ) throws(PostgresError) -> Result {
        let file = open(folder.lock, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard file >= 0 else {
            throw folder.failure("opening its lock")
        }
        defer { close(file) }
        while flock(file, LOCK_EX) != 0 {
            guard errno == EINTR else {
                throw folder.failure("locking it")
            }
        }
        return try body()
    }
}
