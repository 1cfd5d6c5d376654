/// What can go wrong between this process and its database.
public enum PostgresError: Error, Equatable {
    /// The connection string is neither a libpq connection string nor a URI.
    case invalidConnectionString(reason: String)
    /// Nothing answers there, or what answers is not ready to serve.
    case unreachable(host: String, port: String, reason: String)
    /// The server is there and refuses this user.
    case authenticationFailed(user: String, host: String, port: String, reason: String)
    /// The server refused a statement; the connection goes on.
    case server(PostgresServerError)
    /// The connection to the server at this host and port broke. Whether a COMMIT under way took effect is unknown.
    case connectionLost(host: String, port: String, reason: String)
    /// The task was cancelled: before the statement was sent, or while it ran and then the server stopped it.
    case cancelled
    /// A value is not of the type asked for. `column` is its name or its position.
    case decoding(column: String, expected: String, found: String)
    /// A value cannot be sent as the type that the statement wants there.
    case encoding(parameter: String, type: String)
    /// The calling code is wrong: a parameter too few, a statement on a closed connection.
    case misuse(reason: String)
    /// The process may open no more files, or the system can give it none.
    case outOfDescriptors(reason: String)
    /// No PostgreSQL server is installed where the local cluster could find it.
    case notInstalled(searched: [String])
    /// Only versions of PostgreSQL that the local cluster cannot use are installed.
    case unsuitableVersion(found: [String], needed: String)
    /// There is no local cluster in the folder.
    case localAbsent(folder: String)
    /// The local cluster in the folder does not run.
    case localStopped(folder: String)
    /// A step of starting or stopping the local cluster failed.
    case localFailed(folder: String, step: String, reason: String)

    /// True where there is no connection (any more): to go on, connect again.
    public var isConnectionLost: Bool {
        switch self {
        case .connectionLost, .unreachable: true
        default: false
        }
    }

    /// True where the same work may succeed on a further try: the connection is gone, or the server gave up a
    /// statement for the sake of others (serialisation, deadlock, lock timeout, too many connections).
    public var isTransient: Bool {
        if isConnectionLost { return true }
        guard let sqlState else { return false }
        return sqlState.hasPrefix("40") || sqlState.hasPrefix("53") || isOfLock
    }

    /// True where the server waited as long for a lock of somebody else as it was to.
    public var isOfLock: Bool { sqlState == "55P03" }

    /// True where what was to be written is refused for what it is: a value that its type cannot hold, or that a
    /// constraint forbids. A row that is there already is none of these.
    public var isOfValues: Bool {
        if case .encoding = self { return true }
        guard let sqlState else { return false }
        return sqlState.hasPrefix("22") || (sqlState.hasPrefix("23") && sqlState != "23505")
    }

    /// True where a statement named a table that is not there, or is not any more.
    public var isOfMissingTable: Bool { sqlState == "42P01" }

    /// The server's code for its error, where the error is the server's.
    public var sqlState: String? {
        if case .server(let error) = self { error.sqlState } else { nil }
    }
}

extension PostgresError: CustomStringConvertible {
    /// One line that names the thing at fault and what to do.
    public var description: String {
        switch self {
        case .invalidConnectionString(let reason):
            "the database URL is not one that PostgreSQL understands: \(reason)"
        case .unreachable(let host, let port, let reason):
            "no database at host \(host), port \(port): \(reason)"
        case .authenticationFailed(let user, let host, let port, let reason):
            "the database at host \(host), port \(port) refuses user \(user): \(reason)"
        case .server(let error):
            error.description
        case .connectionLost(let host, let port, let reason):
            "the connection to the database at host \(host), port \(port) was lost: \(reason)"
        case .cancelled:
            "the statement was cancelled"
        case .decoding(let column, let expected, let found):
            "column \(column) was expected to be \(expected) and is \(found)"
        case .encoding(let parameter, let type):
            "\(parameter) cannot be sent as \(type)"
        case .misuse(let reason):
            "wrong use of the database connection: \(reason)"
        case .outOfDescriptors(let reason):
            "cannot wait for the database: \(reason): allow more open files (ulimit -n)"
        case .notInstalled(let searched):
            "PostgreSQL's server is not installed (looked in \(searched.joined(separator: ", "))): "
                + "install the Debian package postgresql"
        case .unsuitableVersion(let found, let needed):
            "PostgreSQL \(needed) is needed, and there is only \(found.joined(separator: ", "))"
        case .localAbsent(let folder):
            "there is no local database in \(folder): make one with `\(Self.start(folder))`, or name a database with "
                + "--database or DATABASE_URL"
        case .localStopped(let folder):
            "the local database in \(folder) is stopped: start it with `\(Self.start(folder))`"
        case .localFailed(let folder, let step, let reason):
            "the local database in \(folder): \(step) failed: \(reason)"
        }
    }

    private static func start(_ folder: String) -> String {
        let isUsual = folder.hasSuffix("/" + DatabaseLocation.localFolder)
        return "headcount local start" + (isUsual ? "" : " --folder '\(folder)'")
    }
}

extension PostgresServerError: CustomStringConvertible {
    /// One line, whatever the function that raised it wrote.
    public var description: String {
        var line = "the database says: \(message)"
        if let detail { line += " (\(detail))" }
        if let hint { line += "; hint: \(hint)" }
        return line.split(whereSeparator: \.isNewline).joined(separator: " ") + " [\(sqlState)]"
    }
}
