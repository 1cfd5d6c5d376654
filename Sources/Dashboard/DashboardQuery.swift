import Postgres

/// A statement whose rows are one answer of the JSON interface: an array of objects by the names of its columns.
struct DashboardQuery: Sendable, Hashable {
    let sql: String
    /// Numbers of a run and of an image, as the path names them.
    var numbers: [Int] = []

    /// The query that a path asks for; `nil` for every other path.
    init?(path: [Substring]) {
        let numbers = path.dropFirst(2).compactMap { Int($0) }.filter { $0 > 0 }
        // What the database takes for a run.
        if let run = numbers.first, run > Int(Int32.max) { return nil }
        switch (path.count, path.dropFirst().first, path.last) {
        case (2, "runs", _): sql = Self.runs
        case (2, "workers", _): sql = Self.workers
        case (3, "runs", _) where numbers.count == 1: sql = Self.run
        case (4, "runs", "failures") where numbers.count == 1: sql = Self.failures
        case (4, "runs", "crowded") where numbers.count == 1: sql = Self.crowded
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
        extract(epoch FROM eta)::double precision AS eta_seconds, model, plan, priority, simulated
        """
    private static let runs = "SELECT \(columns) FROM headcount.progress ORDER BY run_id DESC LIMIT 100"
    private static let run = "SELECT \(columns) FROM headcount.progress WHERE run_id = $1::integer"
    private static let workers = """
        SELECT host, process, engine, card, simulated, version, started_at,
            extract(epoch FROM now() - heartbeat_at)::double precision AS silent_seconds
        FROM headcount.workers
        WHERE stopped_at IS NULL AND heartbeat_at > now() - interval '1 minute' ORDER BY host, card, id LIMIT 1000
        """
    private static let failures = """
        SELECT class, meaning, count(*) AS images, min(url) AS example
        FROM headcount.failed_images WHERE run_id = $1::integer GROUP BY class, meaning ORDER BY images DESC
        """
    // The counts are sorted before they are joined with their URLs.
    private static let crowded = """
        SELECT c.image, c.count, i.url
        FROM (SELECT run_id, image, count FROM headcount.counts WHERE run_id = $1::integer
            ORDER BY count DESC, image LIMIT 24) AS c
        JOIN headcount.runs r ON r.id = c.run_id
        JOIN headcount.images i ON i.set_id = r.set_id AND i.number = c.image ORDER BY c.count DESC, c.image
        """
    private static let image = """
        SELECT set_name, run_id, image, url, count, width, height, tiles, taken_at, model, model_digest, plan, engine,
            engine_version, card, simulated, host, version, picture_digest, counted_at
        FROM headcount.results WHERE run_id = $1::integer AND image = $2::bigint
        """
}
