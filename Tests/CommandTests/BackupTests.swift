import Foundation
import Postgres
import TestSupport
import Testing

/// The README's way to keep the database, and to get it back.
@Suite(.enabled(if: OpenVINOInstallation.isPresent, OpenVINOInstallation.absence))
struct BackupTests {
    /// What a database of the schema is made of: everything that a dump could lose.
    private static let inventory = """
        SELECT 'relation ' || c.relkind::text || ' ' || c.relname || ' ' || coalesce(obj_description(c.oid, 'pg_class'), '-')
            || ' ' || coalesce((SELECT string_agg(a::text, ',' ORDER BY a::text) FROM unnest(c.relacl) AS a), '-')
            || ' ' || coalesce((SELECT string_agg(o, ',' ORDER BY o) FROM unnest(c.reloptions) AS o), '-')
            || ' ' || coalesce(pg_get_expr(c.relpartbound, c.oid), '-')
        FROM pg_class c WHERE c.relnamespace = 'headcount'::regnamespace
        UNION ALL
        SELECT 'column ' || c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
            || ' ' || a.attnotnull || a.attidentity::text || a.attstorage::text || ' '
            || coalesce(col_description(c.oid, a.attnum), '-')
            || ' ' || coalesce((SELECT string_agg(x::text, ',' ORDER BY x::text) FROM unnest(a.attacl) AS x), '-')
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relnamespace = 'headcount'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
        UNION ALL
        SELECT 'function ' || p.oid::regprocedure || ' ' || md5(p.prosrc) || ' ' || p.provolatile::text || p.prosecdef
            || ' ' || coalesce(p.proconfig::text, '-') || ' ' || coalesce(obj_description(p.oid, 'pg_proc'), '-')
            || ' ' || coalesce((SELECT string_agg(a::text, ',' ORDER BY a::text) FROM unnest(p.proacl) AS a), '-')
        FROM pg_proc p WHERE p.pronamespace = 'headcount'::regnamespace
        UNION ALL
        SELECT 'constraint ' || c.conrelid::regclass || ' ' || c.conname || ' ' || pg_get_constraintdef(c.oid)
        FROM pg_constraint c WHERE c.connamespace = 'headcount'::regnamespace
        UNION ALL
        SELECT 'trigger ' || t.tgrelid::regclass || ' ' || pg_get_triggerdef(t.oid)
        FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        WHERE c.relnamespace = 'headcount'::regnamespace AND NOT t.tgisinternal
        UNION ALL
        SELECT 'default ' || d.defaclobjtype::text || ' ' || d.defaclacl::text FROM pg_default_acl d
        WHERE d.defaclnamespace = 'headcount'::regnamespace
        ORDER BY 1
        """

    @Test("a dump holds all there is, and counting goes on where it was restored")
    func dumpAndRestore() async throws {
        try await CommandBench.with(pictures: 3) { bench in
            let list = (0..<60).map { "\(bench.url)/\($0 % 3 + 1).png?\($0)\n" }.joined()
            _ = try await bench.run(["enqueue", "set", "--density", "--urls", "-"], input: list)
            let loopback = ["--allow-network", "127.0.0.0/8", "--lease", "3"]
            // Backed up in the midst of the counting, by a worker that is gone at the restore.
            let worker = try bench.start(["work"] + loopback)
            try await bench.wait(until: "EXISTS (SELECT FROM headcount.counts)")
            worker.signal(SIGSTOP)
            let folder = try TemporaryFolder()
            let file = folder.path + "/headcount.dump"
            let dumped = try await RunningProgram.run(
                ["--format=custom", "--file", file, "--dbname", bench.database], executable: try Self.tool("pg_dump"))
            #expect(dumped.status == 0 && dumped.errors == "", "\(dumped.errors)")
            worker.signal(SIGKILL)
            _ = try await worker.outcome()
            let known = try await bench.connection.query("SELECT run_id, image, count FROM headcount.counts")
            let before = try await Self.inventory(of: bench.connection)

            try await TestDatabase.withFresh { other in
                let restored = try await RunningProgram.run(
                    ["--exit-on-error", "--dbname", other, file], executable: try Self.tool("pg_restore"))
                #expect(restored.status == 0 && restored.errors == "", "\(restored.errors)")
                let connection = try await PostgresConnection.connect(
                    PostgresConfiguration(connectionString: other, applicationName: "test"))
                let after = try await Self.inventory(of: connection)
                #expect(after.count > 300)
                #expect(Set(before).symmetricDifference(after).isEmpty)

                for words in [["migrate", "--check"], ["work", "--drain"] + loopback] {
                    let outcome = try await RunningProgram.run(words + ["--database", other])
                    #expect(outcome.status == 0, "\(words): \(outcome.errors)")
                }
                let counts = try await connection.query("SELECT image, count FROM headcount.counts")
                #expect(counts.count == 60)
                // What was counted before the backup was not counted again.
                let kept = try await connection.query(
                    "SELECT count(*) AS n FROM headcount.counts c JOIN headcount.workers w ON w.id = c.worker_id "
                        + "WHERE w.process = $1::integer", [Int(worker.processIdentifier)])
                #expect(try kept.first?.decode(Int.self, "n") == known.count)
                let maps = try await connection.query("SELECT FROM headcount.density_maps")
                #expect(maps.count == 60)
                // The next set, run and partition do not meet the numbers of those before.
                let more = try await RunningProgram.run(
                    ["enqueue", "more", "--urls", "-", "--database", other], input: bench.list(1...3))
                #expect(more.status == 0, "\(more.errors)")
                await connection.close()
            }
        }
    }

    private static func inventory(of connection: PostgresConnection) async throws -> [String] {
        try await connection.query("SELECT line FROM (\(inventory)) AS q (line)").map {
            try $0.decode(String.self, "line")
        }
    }

    /// The tool of the server's own version, which may lie outside of PATH.
    private static func tool(_ name: String) throws -> String {
        try #require(InstalledTool(name, package: "postgresql-client").path)
    }
}
