import CPostgres
import Concurrency

/// A connection to PostgreSQL, on a thread of its own.
///
/// Statements run one after the other. Each blocks the connection's thread and nobody else. Cancelling the calling task
/// asks the server within about 100 ms to stop the running statement, and the call throws `PostgresError.cancelled`; a
/// statement that had ended before gives its result, and a host that is gone ends the call as a lost connection, within
/// about a minute. A task that is cancelled already runs no statement: what must run nevertheless, such as giving a
/// lease back, runs in a task of its own.
public actor PostgresConnection {
    /// Where it goes.
    public nonisolated let configuration: PostgresConfiguration
    private let executor: ThreadExecutor
    private let notices: NoticeHandler
    private nonisolated let limit = WaitLimit()
    private var session: PostgresSession?

    private init(_ configuration: PostgresConfiguration, _ notices: NoticeHandler) {
        self.configuration = configuration
        self.notices = notices
        executor = ThreadExecutor(name: "postgres")
    }

    /// The connection's own thread.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Connects and authenticates.
    /// - Parameters:
    ///   - connectTimeout: over all hosts that the configuration names.
    ///   - onNotice: takes the server's notices and warnings, on the connection's thread.
    public static func connect(
        _ configuration: PostgresConfiguration, connectTimeout: Duration = .seconds(10),
        onNotice: @escaping @Sendable (PostgresServerError) -> Void = { _ in }
    ) async throws(PostgresError) -> PostgresConnection {
        let connection = PostgresConnection(configuration, NoticeHandler(onNotice))
        try await connection.open(timeout: connectTimeout)
        return connection
    }

    /// Runs one statement; it stays prepared for the next time.
    ///
    /// Parameters are `$1`, `$2`...; the server infers their types from the statement (`$1::bigint[]`).
    public func query(
        _ sql: String, _ parameters: [any PostgresEncodable] = []
    ) throws(PostgresError) -> PostgresRows {
        PostgresRows(try current().query(sql, parameters))
    }

    /// Runs a script of any number of statements, in one transaction unless it holds BEGIN and COMMIT of its own.
    public func execute(_ script: String) throws(PostgresError) {
        try current().execute(script)
    }

    /// From `instant` on nothing is waited for: what is under way then ends as a lost connection, and so does what comes
    /// after and has to wait. For a caller that must end though the server says nothing. May be set anew, and lifted by `nil`.
    /// A statement that does not fit what the system sends without the server's taking it may take a minute to end.
    public nonisolated func giveUp(at instant: ContinuousClock.Instant?) {
        limit.set(instant)
    }

    /// Closes the connection; whatever is called afterwards throws `PostgresError.misuse`.
    public func close() {
        session = nil
    }

    /// Connects anew where the connection broke; where it is well nothing happens.
    ///
    /// What belonged to the old session is gone: its transaction, its temporary tables, its LISTEN. After a failure the
    /// connection is as broken as before, and this may be tried again.
    public func reconnect(connectTimeout: Duration = .seconds(10)) throws(PostgresError) {
        guard try current().isLost else { return }
        try open(timeout: connectTimeout)
    }

    /// True once the connection broke or was closed.
    public var isLost: Bool { session?.isLost ?? true }

    func current() throws(PostgresError) -> PostgresSession {
        guard let session else { throw .misuse(reason: "the connection was closed") }
        return session
    }

    private func open(timeout: Duration) throws(PostgresError) {
        session = try PostgresSession.open(configuration, timeout: timeout, notices: notices, limit: limit)
    }
}
