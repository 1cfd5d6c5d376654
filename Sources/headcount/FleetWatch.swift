import Archive
import Postgres
import Supervision

/// Looks on while a fleet counts one run, over a connection of its own.
struct FleetWatch {
    /// What was seen of a run.
    struct Run {
        /// When it was released, in seconds of the database's clock.
        var releasedAt = 0.0
        /// From there to the last count.
        var seconds = 0.0
        /// Claims that were made before.
        var earlierClaims = 0
        var connections = 0
        /// What the first card held when it was last looked at, as a multirange.
        var heldByFirst = "{}"
    }

    /// The coordinator ended before all was counted.
    struct CoordinatorEnded: Error, CustomStringConvertible {
        /// One line for people.
        var description: String { "the coordinator ended before all was counted; why stands above" }
    }

    /// What was to be measured did not happen.
    struct Unseen: Error, CustomStringConvertible {
        let what: String

        /// One line for people.
        var description: String { "nothing to measure: \(what)" }
    }

    private static let name = "headcount bench watch"
    private let connection: PostgresConnection
    private let clock = ContinuousClock()

    init(_ url: String) async throws {
        connection = try await PostgresConnection.connect(
            PostgresConfiguration(connectionString: url, applicationName: Self.name))
    }

    /// Counts the calls of functions from now on, and keeps the run back.
    func prepare() async throws {
        let database = connection.configuration.database
        try await connection.execute("ALTER DATABASE \"\(database)\" SET track_functions = 'pl'")
        try await connection.execute("UPDATE headcount.runs SET wish = 'paused'")
    }

    /// Waits until so many workers are registered.
    /// - Throws: `CoordinatorEnded`.
    func waitForWorkers(_ count: Int, of coordinator: ChildProcess) async throws {
        while try await number("SELECT count(*) FROM headcount.workers WHERE stopped_at IS NULL") < count {
            guard coordinator.ending() == nil else { throw CoordinatorEnded() }
            try await clock.sleep(for: .milliseconds(50))
        }
    }

    /// Releases the run and watches it to its end.
    /// - Throws: `CoordinatorEnded`.
    func watchRun(by coordinator: ChildProcess, _ onCounted: (Int) -> Void) async throws -> Run {
        var run = Run()
        let images = try await number("SELECT sum(images) FROM headcount.runs")
        // Idle workers ask once a second; what the last of these cost is taken for part of the run.
        run.earlierClaims = try await claims()
        run.releasedAt = try await seconds("SELECT clock_timestamp()", "the time")
        _ = try await connection.query("SELECT headcount.resume(name) FROM headcount.sets")
        while true {
            let counted = try await number("SELECT counted + failed FROM headcount.progress")
            onCounted(counted)
            if counted >= images { break }
            guard coordinator.ending() == nil else { throw CoordinatorEnded() }
            run.connections = max(
                run.connections,
                try await number(
                    """
                    SELECT count(*) FROM pg_stat_activity
                    WHERE datname = current_database() AND application_name NOT LIKE 'headcount bench%'
                    """))
            let held = try await heldByFirst()
            if held != "{}" { run.heldByFirst = held }
            try await clock.sleep(for: .milliseconds(100))
        }
        run.seconds =
            try await seconds("SELECT max(counted_at) FROM headcount.counts", "nothing was counted") - run.releasedAt
        return run
    }

    /// What it comes to. The coordinator has ended.
    func report(_ run: Run, cards: Int, images: Int, idealRate: Double, cores: Int) async throws -> FleetReport {
        let busy = try await number(
            """
            SELECT coalesce(min(busy), 0) FROM (
                SELECT sum(busy_ms) AS busy FROM headcount.card_samples GROUP BY card_id) AS cards
            """)
        let makespan = run.seconds * idealRate / Double(images)
        return FleetReport(
            cores: cores, cards: cards, images: images, imagesPerSecond: Double(images) / run.seconds,
            efficiency: 1 / makespan, makespanToIdeal: makespan,
            claimsPerImage: Double(try await claims() - run.earlierClaims) / Double(images),
            connections: run.connections, processes: cards + 1,
            idleShare: max(0, 1 - Double(busy) / 1000 / run.seconds))
    }

    /// What became of the first card, which hung.
    /// - Parameters:
    ///   - time: of its launches that went well. They come without a pause, so that it hung no earlier.
    ///   - batch: time of a launch, which takes one image.
    func hang(in run: Run, after time: Duration, batch: Duration) async throws -> FleetHang {
        let hungAt = run.releasedAt + time / .seconds(1)
        let quarantinedAt = try await seconds(
            "SELECT min(quarantined_at) FROM headcount.cards", "the card that hung was not kept out of work")
        let held = "'\(run.heldByFirst)'::int8multirange"
        // Between two writes of a worker lies just what it counted in that time.
        let siblings = try await real(
            """
            WITH written AS (
                SELECT c.worker_id, c.counted_at, count(*) AS images,
                    row_number() OVER (PARTITION BY c.worker_id ORDER BY c.counted_at) AS place
                FROM headcount.counts c JOIN headcount.workers w ON w.id = c.worker_id
                WHERE w.card <> 'simulated:0'
                    AND c.counted_at BETWEEN to_timestamp(\(hungAt)) AND to_timestamp(\(quarantinedAt))
                GROUP BY c.worker_id, c.counted_at
            )
            SELECT avg(rate) FROM (
                SELECT sum(images) FILTER (WHERE place > 1) / extract(epoch FROM max(counted_at) - min(counted_at)) AS rate
                FROM written GROUP BY worker_id) AS workers
            """)
        return FleetHang(
            detectedSeconds: quarantinedAt - hungAt,
            recountedSeconds: try await seconds(
                "SELECT max(counted_at) FROM headcount.counts WHERE \(held) @> image",
                "nothing that the card held was counted") - quarantinedAt,
            images: try await number("SELECT headcount.multirange_size(\(held))"),
            siblings: siblings * (batch / .seconds(1)))
    }

    func close() async {
        await connection.close()
    }

    private func claims() async throws -> Int {
        try await number("SELECT coalesce(sum(calls), 0) FROM pg_stat_user_functions WHERE funcname = 'claim'")
    }

    private func heldByFirst() async throws -> String {
        try await connection.query(
            """
            SELECT coalesce(range_agg(part), '{}')::text AS held
            FROM headcount.shards s JOIN headcount.workers w ON w.id = s.worker_id, unnest(s.images) AS part
            WHERE w.card = 'simulated:0'
            """
        ).first?.decode(String.self, "held") ?? "{}"
    }

    private func number(_ sql: String) async throws -> Int {
        try await connection.query("SELECT (\(sql))::bigint AS n").first?.decode(Int.self, "n") ?? 0
    }

    private func real(_ sql: String) async throws -> Double {
        try await connection.query("SELECT coalesce((\(sql)), 0)::double precision AS n").first?
            .decode(Double.self, "n") ?? 0
    }

    /// - Throws: `Unseen` where there is no such time.
    private func seconds(_ sql: String, _ absence: String) async throws -> Double {
        let rows = try await connection.query("SELECT extract(epoch FROM (\(sql)))::double precision AS n")
        guard let seconds = try rows.first?.decode(Double?.self, "n") else { throw Unseen(what: absence) }
        return seconds
    }
}
