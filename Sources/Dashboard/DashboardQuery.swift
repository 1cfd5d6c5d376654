import Postgres

/// A statement whose rows are one answer of the JSON interface: an array of objects by the names of its columns.
struct DashboardQuery: Sendable, Hashable {
    let sql: String
    /// Numbers of a run and of an image, as the path names them.
    private(set) var numbers: [Int] = []
    /// True where the answer takes longer the more results there are: what was found last is told then, and looked up
    /// again meanwhile.
    private(set) var isSlow = false

    /// The query that a path asks for; `nil` for every other path.
    init?(path: [Substring]) {
        let numbers = path.dropFirst(2).compactMap { Int($0) }.filter { $0 > 0 }
        // What the database takes for a run.
        if let run = numbers.first, run > Int(Int32.max) { return nil }
        switch (path.count, path.dropFirst().first, path.last) {
        case (2, "runs", _): sql = Self.runs
        case (2, "cards", _): sql = Self.cards
        case (2, "workers", _): sql = Self.workers
        case (3, "runs", _) where numbers.count == 1: sql = Self.run
        case (4, "runs", "failures") where numbers.count == 1: (sql, isSlow) = (Self.failures, true)
        case (4, "runs", "crowded") where numbers.count == 1: (sql, isSlow) = (Self.crowded, true)
        case (5, "runs", _) where numbers.count == 2 && path[3] == "images": sql = Self.image
        default: return nil
        }
        guard path[0] == "api" else { return nil }
        self.numbers = numbers
    }

    /// As one text of JSON.
    var statement: String { "SELECT coalesce(json_agg(q), '[]')::text AS body FROM (\(sql)) AS q" }

    private static let columns = """
        set_name, run_id, state, images, counted, failed, pending, images_per_second,
        extract(epoch FROM eta)::double precision AS eta_seconds, model, plan, priority, simulated, created_at, last_at
        """
    // Runs that are not over come before newer ones that are; of more than a hundred of either the oldest are left out.
    private static let runs = """
        SELECT \(columns) FROM headcount.progress WHERE run_id IN (
            SELECT id FROM headcount.runs ORDER BY is_open AND wish <> 'cancelled' DESC, id DESC LIMIT 100)
        ORDER BY run_id DESC
        """
    private static let run = "SELECT \(columns) FROM headcount.progress WHERE run_id = $1::integer"
    private static let cards = """
        SELECT card, host, name, state, reason, workers, desired_workers, lower(autoscale) AS fewest_workers,
            upper(autoscale) - 1 AS most_workers, images_per_second, busy, lane_fill, load_percent, chip_celsius,
            board_celsius, watts, memory_used, memory_bytes, labels, engine, simulated, serial, board, board_number,
            reset_with, seen_at
        FROM headcount.card_status WHERE state <> 'absent' ORDER BY host, engine, length(name), name LIMIT 1000
        """
    private static let workers = """
        SELECT host, process, engine, engine_version, card, simulated, version, started_at,
            extract(epoch FROM now() - heartbeat_at)::double precision AS silent_seconds
        FROM headcount.workers
        WHERE stopped_at IS NULL AND heartbeat_at > now() - interval '1 minute' ORDER BY host, card, id LIMIT 1000
        """
    // Examples are looked up by the index over the class, and only they are joined with their URLs.
    private static let failures = """
        SELECT f.class, c.meaning, f.images, (
            SELECT json_agg(e) FROM (
                SELECT x.image, i.url, x.detail, x.attempt AS attempts, x.failed_at
                FROM (SELECT * FROM headcount.failures x
                    WHERE x.run_id = $1::integer AND x.final AND x.class = f.class ORDER BY x.image LIMIT 3) AS x
                JOIN headcount.runs r ON r.id = x.run_id
                JOIN headcount.images i ON i.set_id = r.set_id AND i.number = x.image ORDER BY x.image) AS e) AS examples
        FROM (SELECT class, count(*) AS images FROM headcount.failures
            WHERE run_id = $1::integer AND final GROUP BY class) AS f
        JOIN headcount.failure_classes c ON c.class = f.class ORDER BY f.images DESC, f.class
        """
    // The counts are sorted before they are joined with their URLs.
    private static let crowded = """
        SELECT c.image, c.count, c.width, c.height, i.url
        FROM (SELECT run_id, image, count, width, height FROM headcount.counts WHERE run_id = $1::integer
            ORDER BY count DESC, image LIMIT 24) AS c
        JOIN headcount.runs r ON r.id = c.run_id
        JOIN headcount.images i ON i.set_id = r.set_id AND i.number = c.image ORDER BY c.count DESC, c.image
        """
    private static let image = """
        SELECT set_name, run_id, image, url, key, count, width, height, tiles, taken_at, model, model_digest, plan,
            preprocessing, engine, engine_version, card, simulated, host, worker_id, version, picture_digest,
            picture_bytes, fetch_ms, decode_ms, infer_ms, counted_at, source_run, source_image,
            EXISTS (SELECT FROM headcount.density_maps d WHERE d.run_id = $1::integer AND d.image = $2::bigint)
                AS density_kept
        FROM headcount.results WHERE run_id = $1::integer AND image = $2::bigint
        """
}
