/// Which database a command works on, and who said so.
public struct DatabaseLocation: Sendable, Equatable {
    /// Who named the database.
    public enum Source: Sendable, Equatable {
        /// The command's `--database`.
        case option
        /// The variable DATABASE_URL.
        case databaseURL
        /// libpq's own variables, of which these are set.
        case libpqVariables([String])
        /// Nobody: it is the local cluster of that folder, and the command says so.
        case local(folder: String)
    }

    /// The variables that name a place; PGPASSWORD or PGSSLMODE alone do not.
    private static let libpqVariables = ["PGHOST", "PGHOSTADDR", "PGSERVICE", "PGDATABASE", "PGPORT", "PGUSER"]
    static let localFolder = ".headcount/postgres"

    /// For `PostgresConfiguration`; may hold a password.
    public let connectionString: String
    /// Who named it.
    public let source: Source

    /// Finds the database: `option`, then DATABASE_URL, then libpq's variables, then the local cluster.
    ///
    /// An empty value counts as none.
    /// - Parameters:
    ///   - environment: must be the process's own, for libpq itself reads its variables there.
    ///   - workingDirectory: the folder that holds `.headcount`.
    /// - Throws: `PostgresError.localAbsent` or `.localStopped` where it comes down to the local cluster and that does
    ///   not serve; `.localFailed` where it is somebody else's.
    public static func resolve(
        option: String?, environment: [String: String], workingDirectory: String
    ) throws(PostgresError) -> DatabaseLocation {
        if let named = named(option: option, environment: environment) { return named }
        let folder = workingDirectory + "/" + localFolder
        return DatabaseLocation(
            connectionString: try LocalCluster(folder: folder).url(), source: .local(folder: folder))
    }

    /// The database that somebody named; `nil` where it comes down to the local cluster.
    public static func named(option: String?, environment: [String: String]) -> DatabaseLocation? {
        if let option, !option.isEmpty {
            return DatabaseLocation(connectionString: option, source: .option)
        }
        if let url = environment["DATABASE_URL"], !url.isEmpty {
            return DatabaseLocation(connectionString: url, source: .databaseURL)
        }
        let set = libpqVariables.filter { environment[$0]?.isEmpty == false }
        return set.isEmpty ? nil : DatabaseLocation(connectionString: "", source: .libpqVariables(set))
    }
}

extension DatabaseLocation: CustomStringConvertible, CustomReflectable {
    /// Who named the database, without the connection string, which may hold a password.
    public var description: String {
        switch source {
        case .option: "the database of --database"
        case .databaseURL: "the database of DATABASE_URL"
        case .libpqVariables(let names): "the database of \(names.joined(separator: ", "))"
        case .local(let folder): "the local database in \(folder)"
        }
    }

    /// Without the password too: `dump` reads it.
    public var customMirror: Mirror { Mirror(self, children: ["description": description]) }
}
