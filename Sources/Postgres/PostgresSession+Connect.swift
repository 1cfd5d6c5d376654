import CPostgres
import Glibc

extension PostgresSession {
    /// Connects, within a time over all hosts that the configuration names.
    static func open(
        _ configuration: PostgresConfiguration, timeout: Duration, notices: NoticeHandler = NoticeHandler { _ in },
        limit: WaitLimit = WaitLimit()
    ) throws(PostgresError) -> PostgresSession {
        if let reason = malformation(of: configuration) { throw .invalidConnectionString(reason: reason) }
        guard let pointer = start(configuration) else {
            throw .unreachable(host: configuration.host, port: configuration.port, reason: "out of memory")
        }
        let session = PostgresSession(pointer, configuration, notices: notices, limit: limit)
        // libpq gives no code for a failed connection except within a verbose message.
        PQsetErrorVerbosity(pointer, PQERRORS_VERBOSE)
        try session.waitUntilConnected(deadline: ContinuousClock.now + timeout, timeout: timeout)
        PQsetErrorVerbosity(pointer, PQERRORS_DEFAULT)
        return session
    }

    private static func start(_ configuration: PostgresConfiguration) -> OpaquePointer? {
        // What stands before the connection string is a default that the string may change, what stands behind it is not.
        let options: [(String, String)] = [
            // A host that went away without a word is noticed within a minute and not within hours.
            ("keepalives_idle", "20"), ("keepalives_interval", "10"), ("keepalives_count", "3"),
            ("tcp_user_timeout", "50000"),
            ("dbname", configuration.connectionString),
            ("fallback_application_name", configuration.applicationName),
            ("client_encoding", "UTF8"),
        ]
        let keywords = options.map { strdup($0.0) }
        let values = options.map { strdup($0.1) }
        defer { (keywords + values).forEach { free($0) } }
        let keywordList = keywords.map { UnsafePointer($0) } + [nil]
        let valueList = values.map { UnsafePointer($0) } + [nil]
        return PQconnectStartParams(keywordList, valueList, 1)
    }

    private func waitUntilConnected(deadline: ContinuousClock.Instant, timeout: Duration) throws(PostgresError) {
        // As libpq's manual has it: behave at first as if it wanted to write.
        var wanted = POLLOUT
        while true {
            if isLost { throw connectFailure() }
            if Self.wait(for: PQsocket(pointer), events: wanted, milliseconds: 100) {
                switch PQconnectPoll(pointer) {
                case PGRES_POLLING_OK: return
                case PGRES_POLLING_READING: wanted = POLLIN
                case PGRES_POLLING_WRITING: wanted = POLLOUT
                default: throw connectFailure()
                }
            } else if ContinuousClock.now >= deadline || limit.isOver {
                throw .unreachable(host: host, port: port, reason: "no answer within \(timeout)")
            } else if Task.isCancelled {
                throw .cancelled
            }
        }
    }

    /// Where it is connected to: of several hosts that the configuration names the one that answered.
    var host: String {
        let name = PQhost(pointer).map { String(cString: $0) } ?? ""
        return name.isEmpty ? configuration.host : name
    }
    var port: String { PQport(pointer).map { String(cString: $0) } ?? configuration.port }
    private var user: String { PQuser(pointer).map { String(cString: $0) } ?? configuration.user }

    private func connectFailure() -> PostgresError {
        let failure = ConnectFailure(message: String(cString: PQerrorMessage(pointer)))
        switch failure.sqlState?.prefix(2) {
        case "28":  // invalid authorization
            return .authenticationFailed(user: user, host: host, port: port, reason: failure.reason)
        case nil where PQconnectionNeedsPassword(pointer) == 1:
            return .authenticationFailed(user: user, host: host, port: port, reason: "it wants a password")
        case "57", nil:  // 57P03: starting up, shutting down
            return .unreachable(host: host, port: port, reason: failure.reason)
        default:
            return .server(
                PostgresServerError(
                    sqlState: failure.sqlState ?? "", severity: "FATAL",
                    message: "\(failure.reason) (at host \(host), port \(port))"))
        }
    }

    /// Why libpq cannot read the connection string. Without what libpq quotes from it: that may be a password.
    private static func malformation(of configuration: PostgresConfiguration) -> String? {
        if configuration.connectionString.utf8.contains(0) { return "it holds a zero byte" }
        guard configuration.isURI || !configuration.isBareName else { return nil }
        if let reason = PoolerWord(in: configuration.connectionString).malformation { return reason }
        var message: UnsafeMutablePointer<CChar>?
        if let options = PQconninfoParse(configuration.connectionString, &message) {
            PQconninfoFree(options)
            return nil
        }
        defer { PQfreemem(message) }
        let parts = message.map { String(cString: $0) }?.split(separator: "\"", omittingEmptySubsequences: false) ?? []
        let unquoted = parts.enumerated().map { $0.offset.isMultiple(of: 2) ? String($0.element) : "..." }
        return oneLine(unquoted.joined(separator: "\""))
    }
}
