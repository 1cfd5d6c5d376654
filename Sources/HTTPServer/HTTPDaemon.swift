import CHTTPServer
import Glibc

/// The running libmicrohttpd daemon and what it calls.
final class HTTPDaemon: @unchecked Sendable {
    // Unchecked because of the pointers: they are set once, before the daemon's threads run, and freed after they ended.

    private let daemon: OpaquePointer
    private let handlers: UnsafeMutablePointer<headcount_http_handlers>

    init(
        listening: consuming ListeningSocket, address: String, calls: HTTPCalls
    ) throws(HTTPServerError) {
        let port = listening.port
        let descriptor = listening.release()
        let handlers = UnsafeMutablePointer<headcount_http_handlers>.allocate(capacity: 1)
        handlers.initialize(to: calls.handlers())
        let started = headcount_http_start(
            descriptor, Self.threads, Self.maximumConnections, Self.idleSeconds, handlers)
        guard let started else {
            let reason = String(cString: strerror(errno))
            close(descriptor)
            HTTPCalls.release(handlers.pointee.context)
            handlers.deallocate()
            throw .cannotStart(address: address, port: port, reason: reason)
        }
        daemon = started
        self.handlers = handlers
    }

    deinit {
        HTTPCalls.close(handlers.pointee.context)
        // Waits for the daemon's threads, so nothing calls the handlers afterwards. Closes the listening socket.
        MHD_stop_daemon(daemon)
        HTTPCalls.release(handlers.pointee.context)
        handlers.deallocate()
    }

    private static let threads: UInt32 = UInt32(min(max(sysconf(Int32(_SC_NPROCESSORS_ONLN)), 2), 8))
    private static let maximumConnections: UInt32 = 1024
    private static let idleSeconds: UInt32 = 60
}
