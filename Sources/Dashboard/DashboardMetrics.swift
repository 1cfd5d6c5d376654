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

    private struct Asking: Sendable {
        let task: Task<Totals?, Never>
        /// True once somebody waited in vain: others need not.
        var isLate = false
    }

    /// How long the database may take: Prometheus gives a scrape ten seconds as a rule, and the other metrics are worth more
    /// than these.
    static let patience = Duration.seconds(3)

    private let metrics: Metrics
    private let patience: Duration
    private let requests: Histogram
    /// Empty while the database is away: what is not known is not told.
    private let totals = Locked<Totals?>(nil)
    private let asking = Locked<Asking?>(nil)

    /// Declares them in `metrics`.
    init(_ metrics: Metrics, patience: Duration = DashboardMetrics.patience) {
        self.metrics = metrics
        self.patience = patience
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

    /// All metrics, with the totals of the database as they are now where it answers in time. However many ask, the
    /// database is asked once at a time.
    func text(from database: DashboardDatabase) async -> String {
        let found = await current(of: database)
        totals.withLock { $0 = found }
        return metrics.text
    }

    private func current(of database: DashboardDatabase) async -> Totals? {
        let asked = asking.withLock { asking in
            if let asking { return asking }
            let started = Asking(
                task: Task { [weak self] in
                    let found = try? await Self.totals(of: database)
                    self?.asking.withLock { $0 = nil }
                    return found
                })
            asking = started
            return started
        }
        guard !asked.isLate else { return nil }
        // Not in a group, which would wait for its slowest too.
        let (answers, answer) = AsyncStream.makeStream(of: Totals?.self)
        let waiting = Task { answer.yield(await asked.task.value) }
        let alarm = Task { [patience] in
            guard (try? await Task.sleep(for: patience)) != nil else { return }
            answer.finish()
        }
        defer {
            waiting.cancel()
            alarm.cancel()
        }
        for await found in answers { return found }
        asking.withLock { $0?.isLate = true }
        return nil
    }

    private func declare(
        _ name: String, _ help: String, labels: [String] = [],
        _ values: @escaping @Sendable (Totals) -> [(labels: [String], value: Double)]
    ) {
        metrics.measured(name, help, labels: labels) { [totals] in totals.withLock { $0 }.map(values) ?? [] }
    }

    private static func totals(of database: DashboardDatabase) async throws -> Totals {
        var totals = Totals()
        // A scrape must not cost more the more runs there ever were: of those that are over the table itself tells the state,
        // and only the others are looked into. As an array, so that no plan looks into all of them first.
        let runs = try await database.ask(
            """
            SELECT state, count(*) AS runs,
                coalesce(sum(pending) FILTER (WHERE state IN ('waiting', 'counting')), 0)::bigint AS pending,
                coalesce(sum(images_per_second) FILTER (WHERE state = 'counting'), 0)::double precision AS rate
            FROM headcount.progress
            WHERE run_id = ANY (ARRAY(SELECT id FROM headcount.runs WHERE is_open AND wish <> 'cancelled'))
            GROUP BY state
            UNION ALL
            SELECT CASE wish WHEN 'cancelled' THEN 'cancelled' ELSE 'done' END AS state, count(*), 0, 0
            FROM headcount.runs WHERE NOT is_open OR wish = 'cancelled' GROUP BY 1
            """)
        for row in runs {
            totals.runs[try row.decode(String.self, "state"), default: 0] += Double(try row.decode(Int.self, "runs"))
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
