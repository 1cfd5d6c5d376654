import Concurrency
import Foundation

/// A port of this machine that passes connections on to another one, but for the first, which it holds without a word.
public final class HoldingRelay: Sendable {
    /// The port it listens on.
    public let port: UInt16

    private let listening: Int32
    private let open = Locked<Set<Int32>>([])

    /// - Parameter target: the port of 127.0.0.1 that connections are passed on to.
    public init(to target: UInt16) throws {
        let (listening, port) = try RawSocket.listen(on: "127.0.0.1")
        (self.listening, self.port) = (listening, port)
        Thread.detachNewThread { [open] in
            var isFirst = true
            while true {
                let descriptor = accept(listening, nil, nil)
                guard descriptor >= 0 else { break }
                _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
                let other = isFirst ? nil : try? RawSocket.connected(to: target).descriptor
                let ends = [descriptor, other].compactMap { $0 }
                open.withLock { $0.formUnion(ends) }
                isFirst = false
                Thread.detachNewThread {
                    while Self.pass(between: descriptor, and: other) {}
                    // Under the lock, so that no other socket of the same number is shut down.
                    open.withLock { open in
                        open.subtract(ends)
                        for end in ends { close(end) }
                    }
                }
            }
            close(listening)
        }
    }

    deinit {
        shutdown(listening, Int32(SHUT_RDWR))
        open.withLock { open in
            for end in open { shutdown(end, Int32(SHUT_RDWR)) }
        }
    }

    /// Waits for bytes of either end, and passes them on where there is another.
    /// - Returns: false once an end is gone.
    private static func pass(between one: Int32, and other: Int32?) -> Bool {
        var entries = [one, other].compactMap { $0 }.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        guard poll(&entries, nfds_t(entries.count), -1) > 0 else { return false }
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        for entry in entries where entry.revents != 0 {
            let count = recv(entry.fd, &piece, piece.count, 0)
            guard count > 0 else { return false }
            guard let other else { continue }
            let sink = RawSocket(descriptor: entry.fd == one ? other : one)
            guard sink.send(Array(piece[..<count])) else { return false }
        }
        return true
    }
}
