import Archive
import Postgres
import TestSupport
import Testing

@Suite struct MigrationTests {
    @Test("every table, partition, view, column, type and function of the schema carries a comment")
    func everythingIsExplained() async throws {
        try await TestArchive.withFresh { archive, connection in
            // A set and a run, for their partitions.
            try await archive.enqueueForTest("s", images: 1)
            let bare = try await connection.query(
                """
                SELECT format('%s.%s', c.relname, a.attname) AS name
                FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
                WHERE c.relnamespace = 'headcount'::regnamespace AND c.relkind IN ('r', 'p', 'v')
                    AND a.attnum > 0 AND NOT a.attisdropped
                    AND col_description(c.oid, a.attnum) IS NULL
                UNION ALL
                SELECT c.relname FROM pg_class c
                WHERE c.relnamespace = 'headcount'::regnamespace AND c.relkind IN ('r', 'p', 'v')
                    AND obj_description(c.oid) IS NULL
                UNION ALL
                SELECT p.proname FROM pg_proc p
                WHERE p.pronamespace = 'headcount'::regnamespace AND obj_description(p.oid) IS NULL
                UNION ALL
                SELECT t.typname FROM pg_type t
                WHERE t.typnamespace = 'headcount'::regnamespace AND t.typtype = 'e' AND obj_description(t.oid) IS NULL
                """)
            let partitions = try await connection.query("SELECT FROM pg_class WHERE relispartition AND relkind = 'r'")
            #expect(partitions.count >= 4)
            #expect(try bare.map { try $0.decode(String.self, "name") } == [])
        }
    }

    @Test("two migrating at once end with the same schema, each migration applied once")
    func concurrentMigrations() async throws {
        try await TestDatabase.withFresh { url in
            let migrations = try TestArchive.migrations()
            let applied = try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<3 {
                    group.addTask {
                        let connection = try await PostgresConnection.connect(
                            PostgresConfiguration(connectionString: url, applicationName: "migrator"))
                        try await Migrator(connection, migrations: migrations).migrate()
                        try await Migrator(connection, migrations: migrations).check()
                        await connection.close()
                    }
                }
                try await group.waitForAll()
                let connection = try await PostgresConnection.connect(
                    PostgresConfiguration(connectionString: url, applicationName: "test"))
                return try await connection.query("SELECT number FROM headcount.migrations").count
            }
            #expect(applied == migrations.count)
        }
    }

    @Test("a changed old migration is refused by name, a newer schema as newer, an empty database as such")
    func refusals() async throws {
        try await TestDatabase.withConnection { connection in
            let migrations = try TestArchive.migrations()
            let all = Migrator(connection, migrations: migrations)
            await #expect(throws: ArchiveError.self) { try await all.check() }
            try await all.migrate()
            await #expect(throws: ArchiveError.schemaAhead(applied: migrations.count, known: 1)) {
                try await Migrator(connection, migrations: [migrations[0]]).check()
            }
            _ = try await connection.query("UPDATE headcount.migrations SET digest = 'x' WHERE number = 2")
            await #expect(throws: ArchiveError.migrationChanged(file: migrations[1].file)) { try await all.migrate() }
        }
    }

    @Test("a migration that fails leaves nothing of itself, and those before it stay")
    func failedMigration() async throws {
        let folder = try TemporaryFolder()
        try folder.write("CREATE TABLE headcount.one (a int);", to: "0001_one.sql")
        try folder.write("CREATE TABLE headcount.two (a int); SELECT 1/0;", to: "0002_two.sql")
        try await TestDatabase.withConnection { connection in
            let migrator = Migrator(connection, migrations: try Migration.all(in: folder.path))
            let error = await #expect(throws: ArchiveError.self) { try await migrator.migrate() }
            #expect(error?.description.contains("0002_two.sql") == true)
            #expect(try await migrator.status().applied == 1)
            let two = try await connection.query("SELECT to_regclass('headcount.two') IS NULL AS gone")
            #expect(try two.first?.decode(Bool.self, "gone") == true)
        }
    }

    @Test("a gap in the numbers is refused with the name of the file behind it")
    func gap() throws {
        let folder = try TemporaryFolder()
        try folder.write("", to: "0001_one.sql")
        try folder.write("", to: "0003_three.sql")
        let error = #expect(throws: ArchiveError.self) { try Migration.all(in: folder.path) }
        #expect(error?.description.contains("0003_three.sql") == true)
    }

    @Test("code and SQL know the same failure classes, and each has its row")
    func failureClasses() async throws {
        try await TestArchive.withFresh { _, connection in
            let rows = try await connection.query(
                "SELECT e::text AS class FROM unnest(enum_range(NULL::headcount.failure_class)) AS e")
            #expect(
                try Set(rows.map { try $0.decode(String.self, "class") })
                    == Set(FailureClass.allCases.map(\.rawValue)))
            let described = try await connection.query("SELECT FROM headcount.failure_classes")
            #expect(described.count == FailureClass.allCases.count)
            #expect(FailureClass.allCases.count <= 16)
        }
    }
}
