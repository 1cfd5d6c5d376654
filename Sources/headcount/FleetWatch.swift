import Archive
import Postgres

/// Looks on while a fleet counts one run, over a connection of its own.
struct FleetWatch {
    /// What was seen of a run.
    struct Run {
        var seconds = 0.0
        /// Images per second between a tenth and three quarters of them.
        var middleRate = 0.0
        var connections = 0
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
    func waitForWorkers(_ count: Int) async throws {
        while try await number("SELECT count(*) FROM headcount.workers WHERE stopped_at IS NULL") < count {
            try await clock.sleep(for: .milliseconds(50))
        }
    }

    /// Releases the run and watches it to its end.
    func watchRun(_ onCounted: (Int) -> Void) async throws -> Run {
        var run = Run()
        let images = try await number("SELECT sum(images) FROM headcount.runs")
        _ = try await connection.query("SELECT headcount.resume(name) FROM headcount.sets")
        let started = clock.now
        var (first, last): ((Double, Int)?, (Double, Int)?)
        while true {
            let counted = try await number("SELECT counted + failed FROM headcount.progress")
            let seconds = started.duration(to: clock.now) / .seconds(1)
            onCounted(counted)
            if first == nil, counted >= images / 10 { first = (seconds, counted) }
            if counted <= images * 3 / 4 { last = (seconds, counted) }
            if counted >= images {
                // Results land up to a second after they are computed: the last one says when it was written.
                run.seconds = seconds
                break
            }
            run.connections = max(
                run.connections,
                try await number(
                    """
                    SELECT count(*) FROM pg_stat_activity
                    WHERE datname = current_database() AND application_name NOT LIKE 'headcount bench%'
                    """))
            try await clock.sleep(for: .milliseconds(100))
        }
        if let first, let last, last.0 > first.0 {
            run.middleRate = Double(last.1 - first.1) / (last.0 - first.0)
        }
        return run
    }

    /// What it comes to. The coordinator has ended.
    func report(_ run: Run, cards: Int, images: Int, idealRate: Double, cores: Int) async throws -> FleetReport {
        let calls = try await number(
            "SELECT coalesce(sum(calls), 0) FROM pg_stat_user_functions WHERE funcname = 'claim'")
        let busy = try await number(
            """
            SELECT coalesce(min(busy), 0) FROM (
                SELECT sum(busy_ms) AS busy FROM headcount.card_samples GROUP BY card_id) AS cards
            """)
        await connection.close()
        return FleetReport(
            cores: cores, cards: cards, images: images, imagesPerSecond: Double(images) / run.seconds,
            efficiency: run.middleRate / idealRate, makespanToIdeal: run.seconds * idealRate / Double(images),
            claimsPerImage: Double(calls) / Double(images), connections: run.connections, processes: cards + 1,
            idleShare: max(0, 1 - Double(busy) / 1000 / run.seconds))
    }

    private func number(_ sql: String) async throws -> Int {
        try await connection.query("SELECT (\(sql))::bigint AS n").first?.decode(Int.self, "n") ?? 0
    }
}
