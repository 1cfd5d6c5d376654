import Glibc

/// A bound and listening TCP socket, closed unless it is handed over.
///
/// Bound here rather than by libmicrohttpd, which reports no reason when it fails.
struct ListeningSocket: ~Copyable {
    /// The port it is bound to, also where any was asked for.
    let port: UInt16
    private let descriptor: Int32

    /// - Parameter address: a numeric address or a name of this machine; the first address of the name is taken.
    init(address: String, port: UInt16) throws(HTTPServerError) {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        var found: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(address, String(port), &hints, &found)
        guard status == 0, let found else {
            throw .badAddress(address: address, reason: String(cString: gai_strerror(status)))
        }
        defer { freeaddrinfo(found) }
        let descriptor = socket(found.pointee.ai_family, found.pointee.ai_socktype | socketFlags, 0)
        guard descriptor >= 0 else { throw Self.failure(errno, address: address, port: port) }
        var one: Int32 = 1
        // Without it a restarted server waits a minute for the old connections to be forgotten.
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
        guard bind(descriptor, found.pointee.ai_addr, found.pointee.ai_addrlen) == 0,
            listen(descriptor, backlog) == 0,
            let bound = Self.boundPort(of: descriptor)
        else {
            let code = errno
            close(descriptor)
            throw Self.failure(code, address: address, port: port)
        }
        self.descriptor = descriptor
        self.port = bound
    }

    deinit {
        close(descriptor)
    }

    /// Ends the ownership: the caller closes the descriptor.
    consuming func release() -> Int32 {
        let descriptor = descriptor
        discard self
        return descriptor
    }

    private static func boundPort(of descriptor: Int32) -> UInt16? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &storage) { storage in
            let status = storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                getsockname(descriptor, address, &length)
            }
            guard status == 0 else { return nil }
            // sin_port and sin6_port share their place.
            return storage.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                UInt16(bigEndian: $0.pointee.sin_port)
            }
        }
    }

    private static func failure(_ code: Int32, address: String, port: UInt16) -> HTTPServerError {
        let reason = String(cString: strerror(code))
        return switch code {
        case EADDRINUSE: .portTaken(address: address, port: port)
        case EACCES: .portForbidden(address: address, port: port)
        case EADDRNOTAVAIL: .badAddress(address: address, reason: reason)
        default: .cannotStart(address: address, port: port, reason: reason)
        }
    }
}

private let socketFlags = Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
private let backlog: Int32 = 511
