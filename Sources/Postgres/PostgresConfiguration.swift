import CPostgres

/// Where a database is and as whom to go there.
public struct PostgresConfiguration: Sendable, Equatable {
    /// A libpq connection string (`host=... dbname=...`), a URI (`postgresql://...`), a database name, or empty: what it
    /// leaves out comes from the PG* variables, the service file, the password file and libpq's defaults.
    public var connectionString: String

    /// Shown in `pg_stat_activity`, unless the connection string or PGAPPNAME says otherwise.
    public var applicationName: String

    /// How many statements a connection keeps prepared; 0 prepares none.
    public var statementCacheSize: Int

    /// True behind a pooler that may give every transaction another session, as PgBouncer in transaction mode does:
    /// nothing is prepared then, and nobody listens. The connection string says so by `pgbouncer=true`, which stands in
    /// it like a parameter of libpq and is taken out.
    public let isPooled: Bool

    /// Names a database; nothing is looked up before `PostgresConnection.connect`.
    public init(connectionString: String, applicationName: String, statementCacheSize: Int = 256) {
        let word = PoolerWord(in: connectionString)
        self.connectionString = word.rest
        self.applicationName = applicationName
        self.statementCacheSize = word.isPooled ? 0 : statementCacheSize
        isPooled = word.isPooled
    }

    /// The host, or the folder of its Unix socket. It and the three below are for messages: as libpq resolves them, and
    /// as its defaults where the connection string is malformed.
    public var host: String { resolved("host") ?? resolved("hostaddr") ?? "/var/run/postgresql" }

    /// The port, or what numbers the socket.
    public var port: String { resolved("port") ?? "" }

    /// The role to log in as.
    public var user: String { resolved("user") ?? "" }

    /// The database; by default it is named as the user.
    public var database: String { resolved("dbname") ?? user }

    /// The same place as another database of its cluster.
    public func naming(database: String) -> PostgresConfiguration {
        var other = self
        // Within a connection string the last word on a keyword counts; a URI takes keywords as its query.
        if isURI {
            let name = database.utf8.map(Self.percentEncoded).joined()
            other.connectionString += (connectionString.contains("?") ? "&" : "?") + "dbname=" + name
        } else {
            other.connectionString = (isBareName ? "" : connectionString + " ") + "dbname='\(Self.quoted(database))'"
        }
        return other
    }

    var isURI: Bool { connectionString.hasPrefix("postgresql://") || connectionString.hasPrefix("postgres://") }
    var isBareName: Bool { !isURI && !connectionString.contains("=") }

    private func resolved(_ keyword: String) -> String? {
        if isBareName {
            if keyword == "dbname" && !connectionString.isEmpty { return connectionString }
        } else {
            guard let options = PQconninfoParse(connectionString, nil) else { return nil }
            defer { PQconninfoFree(options) }
            if let value = Self.value(of: keyword, in: options) { return value }
        }
        guard let defaults = PQconndefaults() else { return nil }
        defer { PQconninfoFree(defaults) }
        return Self.value(of: keyword, in: defaults)
    }

    /// - Parameter options: libpq's list, which ends with an entry without a keyword.
    private static func value(of keyword: String, in options: UnsafeMutablePointer<PQconninfoOption>) -> String? {
        var option = options
        while let name = option.pointee.keyword {
            if String(cString: name) == keyword {
                return option.pointee.val.map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
            }
            option += 1
        }
        return nil
    }

    static func percentEncoded(_ byte: UInt8) -> String {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
            String(UnicodeScalar(byte))
        default:
            (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
        }
    }
}

extension PostgresConfiguration: CustomStringConvertible, CustomReflectable {
    /// Without the password, so that a configuration can be logged.
    public var description: String { "database \(database) at host \(host), port \(port) as user \(user)" }

    /// Without the password too: `dump` reads it.
    public var customMirror: Mirror { Mirror(self, children: ["description": description]) }
}
