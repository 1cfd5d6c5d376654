import CHTTPServer

/// What libmicrohttpd calls into: the handler and the log, behind C functions.
final class HTTPCalls: Sendable {
    private let handler: @Sendable (HTTPRequest) -> HTTPResponse
    private let log: @Sendable (String) -> Void

    init(
        log: @escaping @Sendable (String) -> Void, handler: @escaping @Sendable (HTTPRequest) -> HTTPResponse
    ) {
        self.handler = handler
        self.log = log
    }

    /// The C functions, with a reference to this object as their context: `release` it when nothing calls any more.
    func handlers() -> headcount_http_handlers {
        headcount_http_handlers(
            context: Unmanaged.passRetained(self).toOpaque(),
            begin: { _, target, _ in
                Unmanaged.passRetained(Exchange(target: String(cString: target))).toOpaque()
            },
            answer: { context, connection, _, method, _, _, uploadSize, state in
                guard let context, let connection, let method, let exchange = state?.pointee,
                    uploadSize?.pointee == 0
                else { return .NO }
                return Unmanaged<Exchange>.fromOpaque(exchange).takeUnretainedValue().advance(
                    connection, method: String(cString: method),
                    handler: Unmanaged<HTTPCalls>.fromOpaque(context).takeUnretainedValue().handler)
            },
            end: { _, _, state, _ in
                guard let exchange = state?.pointee else { return }
                Unmanaged<Exchange>.fromOpaque(exchange).release()
                state?.pointee = nil
            },
            log: { context, line in
                guard let context else { return }
                Unmanaged<HTTPCalls>.fromOpaque(context).takeUnretainedValue().log(String(cString: line))
            })
    }

    static func release(_ context: UnsafeMutableRawPointer?) {
        guard let context else { return }
        Unmanaged<HTTPCalls>.fromOpaque(context).release()
    }
}
