import CPostgres

/// Passes the server's notices and warnings on; libpq by itself would print them on stderr.
final class NoticeHandler: Sendable {
    private let handle: @Sendable (PostgresServerError) -> Void

    /// - Parameter handle: called on the thread of the connection.
    init(_ handle: @escaping @Sendable (PostgresServerError) -> Void) {
        self.handle = handle
    }

    /// The connection keeps a plain pointer to the handler: whoever owns the connection keeps the handler alive.
    func install(on connection: OpaquePointer) {
        PQsetNoticeReceiver(
            connection,
            { context, result in
                guard let context, let result else { return }
                let handler = Unmanaged<NoticeHandler>.fromOpaque(context).takeUnretainedValue()
                handler.handle(PostgresServerError(of: result))
            }, Unmanaged.passUnretained(self).toOpaque())
    }
}
