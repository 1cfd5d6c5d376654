import Concurrency
import Foundation

/// A server on loopback that has one bad habit, written on raw sockets so that nothing mends it.
///
/// Every connection has a thread; all of them end with `stop()` or the last reference.
public final class MisbehavingServer: Sendable {
    private struct State {
        var accepted = 0
        var open: Set<Int32> = []
        var isStopped = false
    }

    /// The port it listens on.
    public let port: UInt16

    private let listening: Int32
    private let state: Arc

    /// Shared with the threads, so that they do not keep the server itself alive.
    private final class Arc: Sendable {
        let state = Locked(State())
        let requests = Locked(0)
    }

    /// - Parameter address: an address of this machine; `::` listens on every address of both versions.
    public init(_ habit: ServerHabit, address: String = "127.0.0.1") throws {
        let (listening, port) = try RawSocket.listen(on: address)
        self.listening = listening
        self.port = port
        let shared = Arc()
        state = shared
        Thread.detachNewThread {
            while true {
                let descriptor = accept(listening, nil, nil)
                guard descriptor >= 0 else { break }
                _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
                let admitted = shared.state.withLock { state in
                    state.accepted += 1
                    if !state.isStopped { state.open.insert(descriptor) }
                    return !state.isStopped
                }
                guard admitted else {
                    close(descriptor)
                    continue
                }
                Thread.detachNewThread {
                    habit.serve(RawSocket(descriptor: descriptor), port: port, counting: shared.requests)
                    // Under the lock, so that stop() cannot shut down another socket with the same number.
                    shared.state.withLock { state in
                        state.open.remove(descriptor)
                        _ = close(descriptor)
                    }
                }
            }
            close(listening)
        }
    }

    deinit {
        stop()
    }

    /// How many connections were made to it, from the start.
    public var accepted: Int {
        state.state.withLock { $0.accepted }
    }

    /// How many requests it read, over all connections.
    public var requests: Int {
        state.requests.withLock { $0 }
    }

    /// The URL of a path on it.
    public func url(_ path: String = "/picture.jpg", host: String = "127.0.0.1", scheme: String = "http") -> String {
        "\(scheme)://\(host):\(port)\(path)"
    }

    /// Ends the connections and the threads.
    public func stop() {
        state.state.withLock { state in
            guard !state.isStopped else { return }
            state.isStopped = true
            shutdown(listening, Int32(SHUT_RDWR))
            for descriptor in state.open { shutdown(descriptor, Int32(SHUT_RDWR)) }
        }
    }
}
