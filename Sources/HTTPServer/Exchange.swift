import CHTTPServer

/// One request on its way through libmicrohttpd, which calls for it several times on one of its threads.
final class Exchange {
    private let target: String
    private var headSeen = false

    init(target: String) {
        self.target = target
    }

    /// Answers once the request is read.
    ///
    /// The first call shows the headers only: an answer at that point closes the connection after it, which is what
    /// becomes of requests with a body.
    func advance(
        _ connection: OpaquePointer, method: String, handler: @Sendable (HTTPRequest) -> HTTPResponse
    ) -> MHD_Result {
        guard headSeen else {
            headSeen = true
            return Self.announcesBody(connection)
                ? Self.send(.refusal(413, "This server takes no request bodies"), on: connection) : .YES
        }
        guard let request = HTTPRequest(method: method, target: target, headers: Self.headers(of: connection)) else {
            return Self.send(.refusal(400, "Bad request target"), on: connection)
        }
        return Self.send(handler(request), on: connection)
    }

    private static func announcesBody(_ connection: OpaquePointer) -> Bool {
        if MHD_lookup_connection_value(connection, .HEADER_KIND, "Transfer-Encoding") != nil { return true }
        guard let length = MHD_lookup_connection_value(connection, .HEADER_KIND, "Content-Length") else { return false }
        return String(cString: length) != "0"
    }

    private static func headers(of connection: OpaquePointer) -> [HTTPHeader] {
        var headers: [HTTPHeader] = []
        withUnsafeMutablePointer(to: &headers) { headers in
            _ = MHD_get_connection_values(
                connection, .HEADER_KIND,
                { context, _, name, value in
                    guard let context, let name else { return .NO }
                    context.assumingMemoryBound(to: [HTTPHeader].self).pointee.append(
                        HTTPHeader(String(cString: name), value.map { String(cString: $0) } ?? ""))
                    return .YES
                }, headers)
        }
        return headers
    }

    /// `NO`, which closes the connection, where the process is out of memory or descriptors.
    private static func send(_ response: HTTPResponse, on connection: OpaquePointer) -> MHD_Result {
        guard let native = nativeResponse(for: response) else { return .NO }
        defer { MHD_destroy_response(native) }
        for header in response.headers {
            guard MHD_add_response_header(native, header.name, header.value) == MHD_Result.YES else { return .NO }
        }
        return MHD_queue_response(connection, UInt32(response.status), native)
    }

    private static func nativeResponse(for response: HTTPResponse) -> OpaquePointer? {
        switch response.body {
        case .empty:
            return copying([])
        case .bytes(let bytes):
            return copying(bytes)
        case .text(let text):
            return copying(Array(text.utf8))
        case .file(let file, let offset, let length):
            // The library closes what it is given, and `file` closes its own.
            guard let descriptor = file.duplicate() else { return nil }
            return MHD_create_response_from_fd_at_offset64(UInt64(length), descriptor, UInt64(offset))
        }
    }

    private static func copying(_ bytes: [UInt8]) -> OpaquePointer? {
        bytes.withUnsafeBytes { buffer in
            // The library takes a mutable pointer also where it only copies from it.
            MHD_create_response_from_buffer(
                buffer.count, UnsafeMutableRawPointer(mutating: buffer.baseAddress), .RESPMEM_MUST_COPY)
        }
    }
}
