import CHTTPServer

/// What libmicrohttpd calls into: the handler and the log, behind C functions.
final class HTTPCalls: Sendable {
    private let bodyLimit: Int
    private let handler: HTTPHandler
    private let suspended = SuspendedExchanges()
    private let log: @Sendable (String) -> Void

    init(
        bodyLimit: Int, log: @escaping @Sendable (String) -> Void, handler: HTTPHandler
    ) {
        self.bodyLimit = bodyLimit
        self.handler = handler
        self.log = log
    }

    /// The C functions, with a reference to this object as their context: `release` it when nothing calls any more.
    func handlers() -> headcount_http_handlers {
        headcount_http_handlers(
            context: Unmanaged.passRetained(self).toOpaque(),
            begin: { context, target, _ in
                guard let context else { return nil }
                let limit = Unmanaged<HTTPCalls>.fromOpaque(context).takeUnretainedValue().bodyLimit
                return Unmanaged.passRetained(Exchange(target: String(cString: target), bodyLimit: limit)).toOpaque()
            },
            answer: { context, connection, _, method, _, part, partSize, state in
                guard let context, let connection, let method, let partSize, let state = state?.pointee else {
                    return .NO
                }
                let exchange = Unmanaged<Exchange>.fromOpaque(state).takeUnretainedValue()
                if partSize.pointee > 0 {
                    exchange.take(UnsafeRawBufferPointer(start: part, count: partSize.pointee))
                    // All of it was taken.
                    partSize.pointee = 0
                    return .YES
                }
                let calls = Unmanaged<HTTPCalls>.fromOpaque(context).takeUnretainedValue()
                return exchange.advance(
                    connection, method: String(cString: method), handler: calls.handler, suspended: calls.suspended)
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

    /// Answers what waits; called before the daemon is stopped.
    static func close(_ context: UnsafeMutableRawPointer?) {
        guard let context else { return }
        Unmanaged<HTTPCalls>.fromOpaque(context).takeUnretainedValue().suspended.close()
    }

    static func release(_ context: UnsafeMutableRawPointer?) {
        guard let context else { return }
        Unmanaged<HTTPCalls>.fromOpaque(context).release()
    }
}
