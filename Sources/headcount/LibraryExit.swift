import Glibc

/// Tells of an end that is nobody's: a vendor's library that calls `exit()`.
///
/// The program itself ends by `_exit`, so the handler runs where a library ended the process. Without it there would be
/// no word of ours, and a status of the library's choice, which may be that of success.
enum LibraryExit {
    /// Registers the handler, to run before those that were registered until now. Called once more after a library was
    /// opened it comes before that library's own, some of which end the process by a signal.
    static func watch() {
        atexit {
            // The library's words, which exit() would write after the handlers.
            fflush(nil)
            let line = "headcount: a library ended the process; its own words before this say why\n"
            _ = line.utf8CString.withUnsafeBufferPointer { write(STDERR_FILENO, $0.baseAddress, $0.count - 1) }
            _exit(ExitStatus.software.rawValue)
        }
    }
}
