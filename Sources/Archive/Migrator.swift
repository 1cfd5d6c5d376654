import Digest
public import Postgres

/// Brings a database's schema up to date, one transaction per migration.
public struct Migrator: Sendable {
    /// What a database has and lacks.
    public struct Status: Sendable, Equatable {
        /// Number of the last migration applied; 0 for an empty database.
        public let applied: Int
        /// What is to be applied, in order.
        public let pending: [Migration]
    }

    // Any two numbers that nothing else in the database locks: "head", "coun" in ASCII.
    private static let lock = "pg_advisory_xact_lock(1751474532, 1668248942)"

    private let connection: PostgresConnection
    private let migrations: [Migration]

    /// - Parameter migrations: all that this program knows, in order.
    public init(_ connection: PostgresConnection, migrations: [Migration]) {
        self.connection = connection
        self.migrations = migrations
    }

    /// What is applied and what is pending.
    /// - Throws: `ArchiveError.migrationChanged` or `.schemaAhead`, and errors of the database.
    public func status() async throws -> Status {
        try await connection.transaction { connection in
            try Self.status(over: connection, of: migrations)
        }
    }

    /// Makes sure that the schema is just the one this program was written for.
    public func check() async throws {
        let status = try await status()
        if status.applied == 0 { throw ArchiveError.notMigrated(database: connection.configuration.database) }
        if !status.pending.isEmpty {
            throw ArchiveError.schemaBehind(applied: status.applied, needed: migrations.count)
        }
    }

    /// Applies what is pending. Two migrating at once are safe: the second waits, and finds nothing left to do.
    /// - Parameter body: called after each migration that was applied.
    public func migrate(_ body: @Sendable (Migration) -> Void = { _ in }) async throws {
        while true {
            let applied: Migration? = try await connection.transaction { connection in
                _ = try connection.query("SELECT \(Self.lock)")
                guard let next = try Self.status(over: connection, of: migrations).pending.first else { return nil }
                try Self.apply(next, over: connection)
                return next
            }
            guard let applied else { return }
            body(applied)
        }
    }

    private static func apply(_ migration: Migration, over connection: isolated PostgresConnection) throws {
        do throws(PostgresError) {
            try connection.execute(ledger)
            try connection.execute(migration.script)
        } catch {
            if error.isConnectionLost { throw error }
            throw ArchiveError.migrationFailed(file: migration.file, reason: error.description)
        }
        _ = try connection.query(
            "INSERT INTO headcount.migrations (number, file, digest) VALUES ($1, $2, $3)",
            [migration.number, migration.file, migration.digest.description])
    }

    private static func status(
        over connection: isolated PostgresConnection, of migrations: [Migration]
    ) throws -> Status {
        let known = try connection.query("SELECT to_regclass('headcount.migrations') IS NOT NULL AS known")
        guard try known.first?.decode(Bool.self, "known") == true else {
            return Status(applied: 0, pending: migrations)
        }
        let rows = try connection.query("SELECT number, digest FROM headcount.migrations ORDER BY number")
        for row in rows {
            let number = try row.decode(Int.self, "number")
            guard number <= migrations.count else {
                throw ArchiveError.schemaAhead(applied: rows.count, known: migrations.count)
            }
            let migration = migrations[number - 1]
            guard try row.decode(String.self, "digest") == migration.digest.description else {
                throw ArchiveError.migrationChanged(file: migration.file)
            }
        }
        return Status(applied: rows.count, pending: Array(migrations.dropFirst(rows.count)))
    }

    /// The table that records what was applied. It comes before the first migration, so it is made here.
    private static let ledger = """
        CREATE SCHEMA IF NOT EXISTS headcount;
        CREATE TABLE IF NOT EXISTS headcount.migrations (
            number     integer     PRIMARY KEY,
            file       text        NOT NULL,
            digest     text        NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT now()
        );
        COMMENT ON TABLE headcount.migrations IS 'Migrations that were applied to this schema.';
        COMMENT ON COLUMN headcount.migrations.number IS 'Number of the migration, from 1 without a gap.';
        COMMENT ON COLUMN headcount.migrations.file IS 'Name of its file.';
        COMMENT ON COLUMN headcount.migrations.digest IS 'SHA-256 of the file as it was applied, in hexadecimal digits.';
        COMMENT ON COLUMN headcount.migrations.applied_at IS 'When it was applied.';
        """
}
