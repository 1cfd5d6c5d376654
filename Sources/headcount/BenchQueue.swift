import Archive
import Arguments
import Glibc
import Postgres
import Terminal

/// `headcount bench queue`
enum BenchQueue: Action {
    static let path = ["bench", "queue"]
    static let command = Command(
        "queue", "Measure the queue: enqueue, claim and finish, without pictures",
        discussion: """
            Works in a database of its own on the same server, which it removes: the role must be allowed to
            make one. Beside it pgbench, where it is installed, claims and deletes rows of a plain job table
            in batches of 32. Result rows are written in both measurements; in the first they are kept out of
            the write-ahead log, so that its bytes are those of claiming and finishing alone.
            """,
        options: [
            Option("images", value: "N", "Images that wait, 1000 to 100000000 (200000)."),
            Option("workers", value: "W", "Connections that claim, 1 to 64 (4)."),
            Option("shard", value: "S", "Images per shard, 1 to 4096 (256)."),
            Option("seconds", value: "N", "Longest time of each measurement, 1 to 600 (10)."),
            Option(flag: "old-snapshot", "Hold a snapshot open meanwhile."),
            Option(flag: "json", "Print one JSON object."), Context.databaseOption,
        ],
        examples: ["headcount bench queue --json", "headcount bench queue --images 10000000 --old-snapshot"])

    private struct Report: Encodable {
        let command = "bench queue"
        let engine = "none"
        let simulated = false
        let version = Version.current
        let cores: Int
        let images: Int
        let workers: Int
        let shard: Int
        let oldSnapshot: Bool
        let enqueuedPerSecond: Double
        let imagesPerSecond: Double
        let walBytesPerImage: Double
        let loggedImagesPerSecond: Double
        let loggedWALBytesPerImage: Double
        let claimP50: Double
        let claimP99: Double
        let pgbenchImagesPerSecond: Double?
        let ratioToPgbench: Double?

        private enum CodingKeys: String, CodingKey {
            case command, engine, simulated, version, cores, images, workers, shard
            case oldSnapshot = "old_snapshot"
            case enqueuedPerSecond = "enqueued_per_second"
            case imagesPerSecond = "images_per_second"
            case walBytesPerImage = "wal_bytes_per_image"
            case loggedImagesPerSecond = "images_per_second_with_logged_results"
            case loggedWALBytesPerImage = "wal_bytes_per_image_with_results"
            case claimP50 = "claim_p50_ms"
            case claimP99 = "claim_p99_ms"
            case pgbenchImagesPerSecond = "pgbench_images_per_second"
            case ratioToPgbench = "ratio_to_pgbench"
        }
    }

    static func run(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        let images = try invocation.integer(of: "images", in: 1000...100_000_000) ?? 200_000
        let workers = try invocation.integer(of: "workers", in: 1...64) ?? 4
        let shard = try invocation.integer(of: "shard", in: 1...4096) ?? 256
        let limit = try invocation.seconds(of: "seconds", in: 1...600) ?? .seconds(10)
        let console = context.console
        let server = try await context.connect(invocation, as: "bench queue")
        let name = "headcount_bench_\(getpid())"
        try await server.execute("CREATE DATABASE \(name)")
        let result: Result<Report, any Error>
        do {
            let configuration = server.configuration.naming(database: name)
            let connection = try await PostgresConnection.connect(configuration)
            let bench = QueueBench(connection)
            console.say("Enqueueing \(Numbers.grouped(images)) images in \(name).")
            let enqueued = try await bench.prepare(
                images: images, migrations: Migration.all(in: SharedFiles.migrations()))
            try await bench.logResults(false)
            console.say("Claiming and finishing.")
            let oldSnapshot = invocation.has("old-snapshot")
            // The first half of what there is, and the second.
            let half = limit / 2
            let bare = try await bench.run(workers: workers, shard: shard, atMost: half, oldSnapshot: oldSnapshot)
            try await bench.logResults(true)
            let logged = try await bench.run(workers: workers, shard: shard, atMost: half, oldSnapshot: oldSnapshot)
            console.say("The same number of rows with pgbench.")
            let plain = try await Self.pgbench(
                configuration, connection, rows: min(images, 500_000), workers: workers,
                seconds: Int(limit / .seconds(1)))
            if plain == nil { console.warn("nothing to compare with: pgbench is not installed") }
            await connection.close()
            result = .success(
                Report(
                    cores: sysconf(Int32(_SC_NPROCESSORS_ONLN)), images: images, workers: workers, shard: shard,
                    oldSnapshot: oldSnapshot, enqueuedPerSecond: enqueued, imagesPerSecond: bare.imagesPerSecond,
                    walBytesPerImage: bare.walBytesPerImage, loggedImagesPerSecond: logged.imagesPerSecond,
                    loggedWALBytesPerImage: logged.walBytesPerImage, claimP50: bare.claim(percentile: 0.5),
                    claimP99: bare.claim(percentile: 0.99), pgbenchImagesPerSecond: plain,
                    ratioToPgbench: plain.map { bare.imagesPerSecond / $0 }))
        } catch {
            result = .failure(error)
        }
        try await server.execute("DROP DATABASE \(name) WITH (FORCE)")
        await server.close()
        let report = try result.get()
        try console.output(invocation.has("json") ? JSONText.line(report) : text(of: report))
        return .success
    }

    private static func text(of report: Report) -> String {
        func number(_ value: Double) -> String { Numbers.grouped(Int(value)) }
        var lines = [
            "enqueued            \(number(report.enqueuedPerSecond)) images/s",
            "claimed, finished   \(number(report.imagesPerSecond)) images/s, "
                + "\(number(report.walBytesPerImage)) bytes of WAL an image",
            "with logged results \(number(report.loggedImagesPerSecond)) images/s, "
                + "\(number(report.loggedWALBytesPerImage)) bytes of WAL an image",
            "a claim takes       \(Numbers.fixed(report.claimP50, digits: 2)) ms, "
                + "99 % at most \(Numbers.fixed(report.claimP99, digits: 2)) ms",
        ]
        if let plain = report.pgbenchImagesPerSecond, let ratio = report.ratioToPgbench {
            lines.append(
                "pgbench, batches of 32: \(number(plain)) rows/s; the queue is "
                    + "\(Numbers.fixed(ratio, digits: 1)) times as fast")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Rows per second of a plain job table: claimed 32 at a time with SKIP LOCKED, then deleted.
    /// - Returns: `nil` where pgbench is not installed.
    private static func pgbench(
        _ configuration: PostgresConfiguration, _ connection: PostgresConnection, rows: Int, workers: Int, seconds: Int
    ) async throws -> Double? {
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
        let script = """
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
        let file = "/tmp/headcount-bench-\(getpid()).sql"
        guard let handle = fopen(file, "w") else { return nil }
        fputs(script, handle)
        fclose(handle)
        defer { unlink(file) }
        setenv("HEADCOUNT_BENCH_DATABASE", configuration.connectionString, 1)
        // A run of a fixed number of transactions, so that an empty table is not measured too.
        let each = max(1, rows / 32 / workers)
        let command =
            "timeout \(seconds * 12 + 60) pgbench -n -M prepared -c \(workers) -j \(workers) -t \(each) -f \(file) "
            + "\"$HEADCOUNT_BENCH_DATABASE\" 2>/dev/null"
        guard let pipe = popen(command, "r") else { return nil }
        defer { pclose(pipe) }
        var line = [CChar](repeating: 0, count: 1024)
        var rate: Double?
        while fgets(&line, Int32(line.count), pipe) != nil {
            let words = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
                .split(separator: " ")
            if words.count > 2, words[0] == "tps" { rate = Double(words[2]) }
        }
        return rate.map { $0 * 32 }
    }
}
