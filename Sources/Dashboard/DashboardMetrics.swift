import Concurrency
import Postgres
import Telemetry

/// What Prometheus is told of a database and of the page: totals alone, since there is no end to sets and runs.
final class DashboardMetrics: Sendable {
    private struct Totals: Sendable {
        var runs: [String: Double] = [:]
        var cards: [String: Double] = [:]
        var pending = 0.0
        var rate = 0.0
        var workers = 0.0
    }

    private static let runStates = ["waiting", "counting", "paused", "cancelled", "done"]
    private static let cardStates = [
        "counting", "ready", "starting", "off", "quarantined", "unusable", "stopped", "lost",
    ]

    private let metrics: Metrics
    private let requests: Histogram
    /// Empty while the database is away: what is not known is not told.
    private let totals = Locked<Totals?>(nil)

    /// Declares them in `metrics`.
    init(_ metrics: Metrics) {
        self.metrics = metrics
        requests = metrics.histogram(
            "headcount_page_request_seconds", "Time until a request to the page was answered, by what it asked for.",
            labels: ["route"])
        declare("headcount_runs", "Runs in each state.", labels: ["state"]) { totals in
            Self.runStates.map { ([$0], totals.runs[$0] ?? 0) }
        }
        declare("headcount_cards", "Cards of all hosts in each state.", labels: ["state"]) { totals in
            Self.cardStates.map { ([$0], totals.cards[$0] ?? 0) }
        }
        declare("headcount_images_pending", "Images of active runs that have neither count nor failure.") {
            [([], $0.pending)]
        }
        declare("headcount_images_per_second", "Images that all workers end per second.") { [([], $0.rate)] }
        declare("headcount_workers", "Workers that were heard of within a minute.") { [([], $0.workers)] }
        metrics.measured("headcount_page_database_up", "1 while the database answers the page.") { [totals] in
            [([], totals.withLock { $0 == nil } ? 0 : 1)]
        }
    }

    /// Takes in how long a request took.
    func note(_ route: String, _ time: Duration) {
        requests.observe(time, route)
    }

    /// All metrics, with the totals of the database as they are now where it answers.
    func text(from database: DashboardDatabase) async -> String {
        let found = try? await Self.totals(of: database)
        totals.withLock { $0 = found }
        return metrics.text
    }

    private func declare(
        _ name: String, _ help: String, labels: [String] = [],
        _ values: @escaping @Sendable (Totals) -> [(labels: [String], value: Double)]
    ) {
        metrics.measured(name, help, labels: labels) { [totals] in totals.withLock { $0 }.map(values) ?? [] }
    }

    private static func totals(of database: DashboardDatabase) async throws -> Totals {
        var totals = Totals()
        let runs = try await database.ask(
            """
            SELECT state, count(*) AS runs,
                coalesce(sum(pending) FILTER (WHERE state IN ('waiting', 'counting')), 0)::bigint AS pending,
                coalesce(sum(images_per_second) FILTER (WHERE state = 'counting'), 0)::double precision AS rate
            FROM headcount.progress GROUP BY state
            """)
        for row in runs {
            totals.runs[try row.decode(String.self, "state")] = Double(try row.decode(Int.self, "runs"))
            totals.pending += Double(try row.decode(Int.self, "pending"))
            totals.rate += try row.decode(Double.self, "rate")
        }
        for row in try await database.ask("SELECT state, count(*) AS cards FROM headcount.card_status GROUP BY state") {
            totals.cards[try row.decode(String.self, "state")] = Double(try row.decode(Int.self, "cards"))
        }
        let live = try await database.ask(
            """
            SELECT count(*) AS live FROM headcount.workers
            WHERE stopped_at IS NULL AND heartbeat_at > now() - interval '1 minute'
            """)
        totals.workers = Double(try live.first?.decode(Int.self, "live") ?? 0)
        return totals
    }
}
