public import Postgres

/// The queue and the results in PostgreSQL, over one connection.
///
/// Every decision about sets, runs, leases and results is made by the functions of the schema `headcount`; this type
/// gives them Swift's names and types. Its parts stand in extensions: models, enqueueing, the queue, reading.
public struct Archive: Sendable {
    let connection: PostgresConnection

    /// An archive over a connection whose schema is migrated; `Migrator` sees to that.
    public init(_ connection: PostgresConnection) {
        self.connection = connection
    }

    /// Where the archive is, for a connection beside this one.
    public var configuration: PostgresConfiguration { connection.configuration }

    /// Connects anew where the connection broke; where it is well nothing happens.
    public func reconnect() async throws(PostgresError) {
        try await connection.reconnect()
    }

    /// Ends the connection.
    public func close() async {
        await connection.close()
    }
}
