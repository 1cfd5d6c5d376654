import Postgres

/// What the queue is held against: plain tables in the same database, as anybody would make them.
struct PlainTables: Sendable {
    let connection: PostgresConnection
    let folder: BenchFolder
    let context: Context

    /// As it may stand among arguments, which everybody on the machine can read.
    private var database: (connectionString: String, password: String?) { connection.configuration.openly }

    /// Rows per second of psql's \copy of a file into a table of URLs with a primary key.
    /// - Returns: `nil` where psql is not installed.
    func copy(_ file: String, rows: Int) async throws -> Double? {
        try await connection.execute("CREATE TABLE public.urls (url text PRIMARY KEY)")
        let clock = ContinuousClock()
        let started = clock.now
        let words = [
            "psql", "-X", "-q", "-d", database.connectionString, "-c", "\\copy public.urls from '\(file)'",
        ]
        guard try await output(words) != nil else { return nil }
        let seconds = started.duration(to: clock.now) / .seconds(1)
        try await connection.execute("DROP TABLE public.urls")
        return Double(rows) / max(seconds, 1e-9)
    }

    /// Rows per second of a table of jobs: claimed 32 at a time with SKIP LOCKED, then deleted.
    /// - Returns: `nil` where pgbench is not installed.
    func claimAndDelete(rows: Int, workers: Int) async throws -> Double? {
        try await connection.execute(
            """
            CREATE TABLE public.jobs (
                id bigint PRIMARY KEY, url text NOT NULL, worker integer, token bigint NOT NULL DEFAULT 0,
                lease_until timestamptz);
            CREATE INDEX jobs_waiting ON public.jobs (id) WHERE worker IS NULL;
            INSERT INTO public.jobs (id, url)
            SELECT n, 'http://archive.example.org/pictures/' || n || '.jpg' FROM generate_series(1, \(rows)) AS n;
            """)
        try await connection.execute("VACUUM ANALYZE public.jobs")
        try await connection.execute("CHECKPOINT")
        let script = try folder.write(Array(Self.script.utf8), to: "jobs.sql")
        // So many transactions and no more, so that an empty table is not measured too.
        let each = max(1, rows / 32 / workers)
        let output = try await output([
            "pgbench", "-n", "-M", "prepared", "-c", "\(workers)", "-j", "\(workers)", "-t", "\(each)", "-f",
            script, database.connectionString,
        ])
        try await connection.execute("DROP TABLE public.jobs")
        for line in output?.split(separator: "\n") ?? [] {
            let words = line.split(separator: " ")
            if words.count > 2, words[0] == "tps" { return Double(words[2]).map { $0 * 32 } }
        }
        return nil
    }

    private func output(_ words: [String]) async throws -> String? {
        var environment = context.environment
        if let password = database.password { environment["PGPASSWORD"] = password }
        return try await BenchProgram.output(words, folder, environment)
    }

    private static let script = """
        WITH free AS MATERIALIZED (
            SELECT id FROM public.jobs WHERE worker IS NULL ORDER BY id LIMIT 32 FOR UPDATE SKIP LOCKED
        ), leased AS (
            UPDATE public.jobs j SET worker = :client_id, token = token + 1, lease_until = now() + interval '15 s'
            FROM free WHERE j.id = free.id RETURNING j.id, j.url
        )
        SELECT array_agg(id)::text AS ids, count(url) AS n FROM leased \\gset
        \\if :n > 0
        DELETE FROM public.jobs WHERE id = ANY (:ids::bigint[]) AND worker = :client_id;
        \\endif

        """
}
