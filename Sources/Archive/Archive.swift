public import Postgres

/// The queue and the results in PostgreSQL, over one connection.
///
/// Every decision about sets, runs, leases and results is made by the functions of the schema `headcount`; this type
/// gives them Swift's names and types. Its parts stand in extensions: models, enqueueing, the queue, reading.
public struct Archive: Sendable {
    let connection: PostgresConnection
    /// Migrations that this program knows; `nil` where nobody asks.
    private let migrations: Int?

    /// An archive over a connection whose schema is migrated; `Migrator` sees to that.
    /// - Parameter migrations: how many of them this program knows, for `checkSchema()`.
    public init(_ connection: PostgresConnection, migrations: Int? = nil) {
        self.connection = connection
        self.migrations = migrations
    }

    /// Makes sure, for whoever works on for days, that the schema was not migrated further meanwhile: a newer version
    /// is being put in place then. Migrations only add, so that what is under way can be finished.
    /// - Throws: `ArchiveError.schemaAhead`.
    public func checkSchema() async throws {
        guard let migrations else { return }
        let rows = try await connection.query("SELECT count(*) AS applied FROM headcount.migrations")
        let applied = try rows.first?.decode(Int.self, "applied") ?? 0
        if applied > migrations { throw ArchiveError.schemaAhead(applied: applied, known: migrations) }
    }

    /// Where the archive is, for a connection beside this one.
    public var configuration: PostgresConfiguration { connection.configuration }

    /// Connects anew where the connection broke; where it is well nothing happens.
    public func reconnect() async throws(PostgresError) {
        try await connection.reconnect()
    }

    /// From `instant` on nothing is waited for: what has to wait ends as a lost connection.
    public func giveUp(at instant: ContinuousClock.Instant?) {
        connection.giveUp(at: instant)
    }

    /// Ends the connection.
    public func close() async {
        await connection.close()
    }
}
