import Glibc

/// Ends a wait in `poll` from another thread; once signalled it stays so.
final class WakeSignal: Sendable {
    /// Two ends of a pair of sockets: the first becomes readable when the second is shut.
    private let waiting: Int32
    private let signalling: Int32

    init() throws(PostgresError) {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            throw .outOfDescriptors(reason: String(cString: strerror(errno)))
        }
        waiting = ends[0]
        signalling = ends[1]
    }

    deinit {
        close(waiting)
        close(signalling)
    }

    func signal() {
        shutdown(signalling, Int32(SHUT_RDWR))
    }

    /// Waits for the signal, the time, or something to read.
    /// - Parameters:
    ///   - descriptor: a socket; -1 for none, which `poll` passes over.
    ///   - milliseconds: -1 for no limit.
    /// - Returns: true where it is signalled.
    @discardableResult
    func wait(orFor descriptor: Int32, milliseconds: Int32) -> Bool {
        var entries = [
            pollfd(fd: waiting, events: Int16(POLLIN), revents: 0),
            pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
        ]
        return poll(&entries, 2, milliseconds) > 0 && entries[0].revents != 0
    }
}
