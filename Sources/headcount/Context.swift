import Archive
import Arguments
import Glibc
import Postgres
import Terminal

/// What every command has at hand.
struct Context: Sendable {
    let console: Console
    let environment: [String: String]

    /// The option by which commands are told their database.
    static let databaseOption = Option(
        "database", value: "URL", "Connection string or URI of the database, as libpq understands it.")

    /// Connects to the database that the options and the environment name.
    /// - Parameter sessionReason: why it needs a session of its own, as the end of a sentence; `nil` where it does not.
    /// - Throws: `UsageError` where it needs one and the connection string leads to a pooler in transaction mode.
    func connect(
        _ invocation: Invocation, as role: String, sessionReason: String? = nil
    ) async throws -> PostgresConnection {
        let location = try location(invocation)
        let configuration = PostgresConfiguration(
            connectionString: location.connectionString, applicationName: "headcount \(role)")
        if let sessionReason { try Self.refusePooled(configuration, sessionReason, path: invocation.path) }
        if case .local(let folder) = location.source { console.say("Using the private database in \(folder).") }
        return try await PostgresConnection.connect(configuration)
    }

    /// Where the database is that the options and the environment name.
    func location(_ invocation: Invocation) throws -> DatabaseLocation {
        try DatabaseLocation.resolve(
            option: invocation.value(of: Self.databaseOption.name), environment: environment,
            workingDirectory: Self.workingDirectory())
    }

    /// Refuses a pooler in transaction mode.
    /// - Parameters:
    ///   - reason: why a session of its own is needed, as the end of a sentence.
    ///   - path: the command.
    static func refusePooled(
        _ configuration: PostgresConfiguration, _ reason: String, path: [String]
    ) throws(UsageError) {
        guard configuration.isPooled else { return }
        throw .conflict("pgbouncer=true in the connection string: \(reason)", path: path)
    }

    /// True where the option or the environment names a database; else commands use the private one of the folder.
    func namesDatabase(_ invocation: Invocation) -> Bool {
        DatabaseLocation.named(
            option: invocation.value(of: Self.databaseOption.name), environment: environment) != nil
    }

    /// Connects to a database whose schema is just the one this program was written for.
    func openArchive(_ invocation: Invocation, as role: String) async throws -> Archive {
        try await Self.archive(over: connect(invocation, as: role))
    }

    /// The archive over a connection, where its schema is just the one this program was written for.
    /// - Parameter mayBeNewer: for whoever connects once more after a newer version was put in place, to finish what is
    ///   under way: `Archive.checkSchema()` tells it.
    static func archive(over connection: PostgresConnection, mayBeNewer: Bool = false) async throws -> Archive {
        let migrations = try ownMigrations.get()
        do {
            try await Migrator(connection, migrations: migrations).check()
        } catch ArchiveError.schemaAhead where mayBeNewer {}
        return Archive(connection, migrations: migrations.count)
    }

    /// Read once: a process that goes on after a newer version was put in place must not meet that one's.
    private static let ownMigrations = Result { try Migration.all(in: SharedFiles.migrations()) }

    static func workingDirectory() -> String {
        guard let path = getcwd(nil, 0) else { return "." }
        defer { free(path) }
        return String(cString: path)
    }

    static func processEnvironment() -> [String: String] {
        var variables: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let parts = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
            entry += 1
        }
        return variables
    }
}
