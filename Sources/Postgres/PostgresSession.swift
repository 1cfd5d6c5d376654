import CPostgres
import Glibc

/// The owner of one libpq connection: sends, waits, and sorts what comes back.
///
/// Not safe to share: it belongs to one actor. Waiting blocks the calling thread, in slices, so that the cancellation
/// of the calling task is seen; synchronous code has no other way to learn of it.
final class PostgresSession {
    /// How long a wait goes on before it looks at its task again.
    private static let slice: Int32 = 100  // milliseconds
    /// How long the next statement waits for a request to stop the last one, before the connection is given up.
    private static let longestRequest: Int32 = 10_000  // milliseconds

    let pointer: OpaquePointer
    let configuration: PostgresConfiguration
    var statements: StatementCache
    /// False while a statement must run to its end whatever becomes of the task, such as ROLLBACK.
    private var heedsCancellation = true
    private var cancelRequested = false
    private var request: CancelRequest?
    /// True where nothing came during the last wait for the statement under way.
    private var waitedInVain = false
    /// The server closes the connection behind such an error; libpq notices that only when it next reads.
    private var sawFatalError = false
    private let notices: NoticeHandler
    let limit: WaitLimit

    /// - Parameters:
    ///   - pointer: a `PGconn`, owned from here on.
    ///   - limit: beyond which nothing is waited for.
    init(
        _ pointer: OpaquePointer, _ configuration: PostgresConfiguration, notices: NoticeHandler, limit: WaitLimit
    ) {
        self.limit = limit
        self.pointer = pointer
        self.configuration = configuration
        self.notices = notices
        statements = StatementCache(capacity: configuration.statementCacheSize)
        notices.install(on: pointer)
    }

    deinit {
        PQfinish(pointer)
    }

    var isLost: Bool { sawFatalError || PQstatus(pointer) == CONNECTION_BAD }
    var transactionStatus: PGTransactionStatusType { PQtransactionStatus(pointer) }

    /// Runs statements by the simple protocol; what they return is dropped.
    func execute(_ script: String) throws(PostgresError) {
        try begin(script)
        try check(PQsendQuery(pointer, script) == 1)
        _ = try finish()
    }

    /// Runs `body` so that a cancelled task does not stop its statements.
    func ignoringCancellation<Result>(_ body: () throws(PostgresError) -> Result) throws(PostgresError) -> Result {
        heedsCancellation = false
        defer { heedsCancellation = true }
        return try body()
    }

    /// Every statement starts here.
    func begin(_ sql: String) throws(PostgresError) {
        cancelRequested = false
        waitedInVain = false
        try awaitRequest()
        if heedsCancellation && Task.isCancelled { throw .cancelled }
        // libpq takes C strings and would silently send the part before the zero.
        if sql.utf8.contains(0) { throw .misuse(reason: "a statement holds a zero byte") }
    }

    /// A request to stop an earlier statement must not arrive when the next one runs.
    private func awaitRequest() throws(PostgresError) {
        defer { request = nil }
        guard !isLost, let request, !request.hasEnded(within: Self.longestRequest) else { return }
        sawFatalError = true
        throw lost("it does not answer the request to stop a statement")
    }

    /// Takes the word of libpq's sending functions.
    func check(_ sent: Bool) throws(PostgresError) {
        guard !sent else { return }
        throw isLost ? lost(lastMessage) : .misuse(reason: lastMessage)
    }

    /// Waits for all that the last statement returns.
    /// - Returns: the last result.
    /// - Throws: the first error, after everything was read, so that the connection is ready for the next statement.
    func finish() throws(PostgresError) -> PostgresResult? {
        var last: PostgresResult?
        var failure: PostgresError?
        while let result = nextResult() {
            switch result.status {
            case PGRES_COPY_IN:
                PQputCopyEnd(pointer, "nothing to copy")
                failure = failure ?? .misuse(reason: "COPY FROM STDIN is not for here")
            case PGRES_COPY_OUT:
                drainCopyOut()
                failure = failure ?? .misuse(reason: "COPY TO STDOUT needs copyOut")
            case PGRES_FATAL_ERROR, PGRES_BAD_RESPONSE:
                failure = failure ?? error(of: result)
            default:
                last = result
            }
        }
        if let failure { throw failure }
        if isLost { throw lost(lastMessage) }
        return last
    }

    /// The next result of the statement under way; `nil` when there is no more.
    func nextResult() -> PostgresResult? {
        // On failure PQgetResult tells what happened.
        while PQisBusy(pointer) == 1, waitForInput() {}
        return PQgetResult(pointer).map(PostgresResult.init)
    }

    /// Waits until the server has sent something more, for 100 ms at most, and takes in what there is.
    ///
    /// Asked where the socket is silent too: of an encrypted connection the TLS library may hold what was read already.
    /// - Returns: false where the connection broke.
    func waitForInput() -> Bool {
        // Asked again while nothing comes: a request that arrives between two steps of a statement, such as preparing
        // it and running it, finds nothing to stop.
        if heedsCancellation && (!cancelRequested || waitedInVain) && Task.isCancelled { requestCancel() }
        // What is read then is the end of the connection.
        if limit.isOver { shutdown(PQsocket(pointer), Int32(SHUT_RDWR)) }
        waitedInVain = !Self.wait(for: PQsocket(pointer), events: POLLIN, milliseconds: Self.slice)
        guard PQconsumeInput(pointer) == 1 else { return false }
        // Once more for what did not fit the first time: else the next wait is in vain.
        return PQsslInUse(pointer) == 0 || PQconsumeInput(pointer) == 1
    }

    /// Asks the server to stop the statement; its error comes as the result. Where an earlier request is still under
    /// way nothing happens.
    func requestCancel() {
        cancelRequested = true
        if let request, !request.hasEnded(within: 0) { return }
        request = CancelRequest(pointer)
        request?.send()
    }

    /// What a failed result means.
    func error(of result: PostgresResult) -> PostgresError {
        let error = result.serverError
        if error.sqlState == "57014" && cancelRequested { return .cancelled }
        if error.severity == "FATAL" || error.severity == "PANIC" { sawFatalError = true }
        if isLost {
            return lost(Self.oneLine(error.message))
        }
        return .server(error)
    }

    /// What a broken connection is told as.
    func lost(_ reason: String) -> PostgresError {
        .connectionLost(host: host, port: port, reason: reason)
    }

    var lastMessage: String { Self.oneLine(String(cString: PQerrorMessage(pointer))) }

    static func oneLine(_ message: String) -> String {
        message.split(whereSeparator: \.isNewline).first.map { String($0) } ?? "no reason given"
    }

    /// - Returns: false when the time is up, or a signal came.
    static func wait(for descriptor: Int32, events: Int32, milliseconds: Int32) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        return poll(&entry, 1, milliseconds) > 0
    }

    private func drainCopyOut() {
        var line: UnsafeMutablePointer<CChar>?
        while PQgetCopyData(pointer, &line, 0) > 0 { PQfreemem(line) }
    }
}
