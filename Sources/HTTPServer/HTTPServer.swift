import Concurrency

/// A small HTTP/1.1 server on threads of its own.
///
/// Serves until `stop()` is called or the last reference goes. The handler is called on the server's threads, several
/// at a time, and holds one of them while it runs; `serving` takes one that may wait.
public final class HTTPServer: Sendable {
    /// As given, not resolved.
    public let address: String

    /// The port it listens on, also where any was asked for.
    public let port: UInt16

    private let daemon: Locked<HTTPDaemon?>

    /// Starts serving.
    /// - Parameters:
    ///   - address: a numeric address of this machine, or a name of one; `0.0.0.0` and `::` are all of them.
    ///   - port: 0 takes any port that is free.
    ///   - bodyLimit: bytes of the largest request body that is taken; larger ones are refused before they are read.
    ///   - log: gets the library's complaints (broken requests, connections lost), a line each.
    /// - Throws: `HTTPServerError` where the address or the port cannot be had.
    public convenience init(
        address: String = "127.0.0.1", port: UInt16, bodyLimit: Int = 0,
        log: @escaping @Sendable (String) -> Void = { _ in },
        handler: @escaping @Sendable (HTTPRequest) -> HTTPResponse
    ) throws(HTTPServerError) {
        try self.init(address: address, port: port, bodyLimit: bodyLimit, log: log, handling: .now(handler))
    }

    /// The same with a handler that may wait: it runs in a task for each request, and holds none of the server's threads.
    ///
    /// A server that stops answers what is under way with 503; the task goes on to its end, and what it says is dropped.
    public static func serving(
        address: String = "127.0.0.1", port: UInt16, bodyLimit: Int = 0,
        log: @escaping @Sendable (String) -> Void = { _ in },
        handler: @escaping @Sendable (HTTPRequest) async -> HTTPResponse
    ) throws(HTTPServerError) -> HTTPServer {
        try HTTPServer(address: address, port: port, bodyLimit: bodyLimit, log: log, handling: .later(handler))
    }

    private init(
        address: String, port: UInt16, bodyLimit: Int, log: @escaping @Sendable (String) -> Void,
        handling handler: HTTPHandler
    ) throws(HTTPServerError) {
        let listening = try ListeningSocket(address: address, port: port)
        self.address = address
        self.port = listening.port
        daemon = Locked(
            try HTTPDaemon(
                listening: listening, address: address,
                calls: HTTPCalls(bodyLimit: bodyLimit, log: log, handler: handler)))
    }

    /// How a client on this machine reaches it, without a path: `http://127.0.0.1:8080`.
    public var url: String { Self.url(address: address, port: port) }

    /// How a client on this machine reaches a server at an address that may stand for all of the machine's.
    public static func url(address: String, port: UInt16) -> String {
        switch address {
        case "0.0.0.0": "http://127.0.0.1:\(port)"
        case "::": "http://[::1]:\(port)"
        case let address where address.contains(":"): "http://[\(address)]:\(port)"
        default: "http://\(address):\(port)"
        }
    }

    /// Closes every connection and waits for the server's threads; the handler must not call it.
    public func stop() {
        let stopping = daemon.withLock { daemon in
            defer { daemon = nil }
            return daemon
        }
        // The last reference: the daemon stops here, outside the lock.
        _ = consume stopping
    }
}
