import Foundation

/// A connected TCP socket, read and written without any protocol; closed by whoever made it.
public struct RawSocket: Sendable {
    let descriptor: Int32

    /// A system call that failed.
    public struct Failure: Error {
        let call: String
        let code: Int32
    }

    /// Connects to a port of 127.0.0.1.
    public static func connected(to port: UInt16) throws -> RawSocket {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else {
            let code = errno
            _ = Foundation.close(descriptor)
            throw Failure(call: "connect", code: code)
        }
        return RawSocket(descriptor: descriptor)
    }

    /// A socket that listens on a free port.
    static func listen(on address: String) throws -> (descriptor: Int32, port: UInt16) {
        var hints = addrinfo()
        hints.ai_flags = AI_PASSIVE | AI_NUMERICHOST
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(address, "0", &hints, &found) == 0, let found else {
            throw Failure(call: "getaddrinfo", code: EINVAL)
        }
        defer { freeaddrinfo(found) }
        let descriptor = socket(found.pointee.ai_family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var storage = sockaddr_in6()
        var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        let bound = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                bind(descriptor, found.pointee.ai_addr, found.pointee.ai_addrlen) == 0
                    && Foundation.listen(descriptor, 128) == 0 && getsockname(descriptor, name, &length) == 0
            }
        }
        guard bound else {
            let code = errno
            _ = Foundation.close(descriptor)
            throw Failure(call: "bind", code: code)
        }
        // The port stands at the same place for both versions.
        return (descriptor, UInt16(bigEndian: storage.sin6_port))
    }

    /// Writes all of it; `false` once the other side is gone.
    @discardableResult
    public func send(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Foundation.send(
                    descriptor, buffer.baseAddress?.advanced(by: sent), bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    /// Writes a text in UTF-8.
    @discardableResult
    public func send(_ text: String) -> Bool {
        send(Array(text.utf8))
    }

    /// Reads to the end of the headers of a request and returns them; `nil` where the other side went before.
    public func readRequest() -> String? {
        var request: [UInt8] = []
        let end = Array("\r\n\r\n".utf8)
        while !request.suffix(4).elementsEqual(end) {
            var byte: UInt8 = 0
            guard recv(descriptor, &byte, 1, 0) == 1 else { return nil }
            request.append(byte)
        }
        return String(decoding: request, as: UTF8.self)
    }

    /// Reads until the other side closes.
    public func readToEnd() -> [UInt8] {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = recv(descriptor, &piece, piece.count, 0)
            guard count > 0 else { return bytes }
            bytes += piece[..<count]
        }
    }

    /// Reads what is there, waiting for something; the number of bytes, none at the end.
    public func readSome() -> Int {
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        return max(0, recv(descriptor, &piece, piece.count, 0))
    }

    /// Waits until the other side hangs up, at most `milliseconds`; `true` when it did (or sent something more).
    func hangsUp(within milliseconds: Int32) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, milliseconds) > 0
    }

    /// Makes the close that follows a reset instead of an orderly end.
    func resetOnClose() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }

    /// Closes it, where no server does.
    public func close() {
        _ = Foundation.close(descriptor)
    }
}
