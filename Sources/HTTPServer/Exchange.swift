import CHTTPServer
import Concurrency

/// One request on its way through libmicrohttpd, which calls for it several times on one of its threads.
final class Exchange: Sendable {
    private struct State: Sendable {
        var headSeen = false
        var body: [UInt8] = []
        /// Set where the request was handed to a task, once that has answered.
        var response: HTTPResponse?
    }

    private let target: String
    private let bodyLimit: Int
    private let state = Locked(State())

    init(target: String, bodyLimit: Int) {
        self.target = target
        self.bodyLimit = bodyLimit
    }

    /// Takes the next part of the body.
    func take(_ part: UnsafeRawBufferPointer) {
        let bytes = Array(part)
        state.withLock { $0.body += bytes }
    }

    /// Takes the answer that a task has found.
    func answer(with response: HTTPResponse) {
        state.withLock { $0.response = response }
    }

    /// Answers once the request is read, or hands it to a task.
    ///
    /// The first call shows the headers only: an answer at that point closes the connection after it, which is what
    /// becomes of requests whose body is too large, or of a size that is not told. The call after the answer of a task
    /// sends it.
    func advance(
        _ connection: OpaquePointer, method: String, handler: HTTPHandler, suspended: SuspendedExchanges
    ) -> MHD_Result {
        let before = state.withLock { state in
            defer { state.headSeen = true }
            return state
        }
        if let response = before.response { return Self.send(response, on: connection) }
        guard before.headSeen else {
            return bodyRefusal(connection).map { Self.send($0, on: connection) } ?? .YES
        }
        guard var request = HTTPRequest(method: method, target: target, headers: Self.headers(of: connection)) else {
            return Self.send(.refusal(400, "Bad request target"), on: connection)
        }
        request.body = before.body
        switch handler {
        case .now(let answer): return Self.send(answer(request), on: connection)
        case .later(let answer):
            guard suspended.suspend(self, on: connection) else {
                return Self.send(.refusal(503, "The server stops"), on: connection)
            }
            Task.detached { [request] in
                suspended.answer(self, with: await answer(request))
            }
            return .YES
        }
    }

    /// Why the body that is announced is not taken; `nil` where it is, or where there is none.
    private func bodyRefusal(_ connection: OpaquePointer) -> HTTPResponse? {
        if MHD_lookup_connection_value(connection, .HEADER_KIND, "Transfer-Encoding") != nil {
            return bodyLimit == 0
                ? .refusal(413, "This server takes no request bodies")
                : .refusal(411, "Content-Length must tell the size of the body")
        }
        guard let text = MHD_lookup_connection_value(connection, .HEADER_KIND, "Content-Length") else { return nil }
        // The library holds the client to the length that it told.
        guard let length = Int(String(cString: text)), length <= bodyLimit else {
            return .refusal(
                413,
                bodyLimit == 0
                    ? "This server takes no request bodies" : "A body of more than \(bodyLimit) bytes is not taken")
        }
        return nil
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
