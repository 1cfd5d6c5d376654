import Postgres
import Telemetry

/// What Prometheus is told of a database: totals alone, since there is no end to sets and runs.
final class DashboardMetrics: Sendable {
    private let metrics = Metrics()
    private let runs: Gauge
    private let pending: Gauge
    private let rate: Gauge
    private let workers: Gauge

    init() {
        runs = metrics.gauge("headcount_runs", "Runs in each state.", labels: ["state"])
        pending = metrics.gauge(
            "headcount_images_pending", "Images of active runs that have neither count nor failure.")
        rate = metrics.gauge("headcount_images_per_second", "Images that all workers end per second.")
        workers = metrics.gauge("headcount_workers", "Workers that were heard of within a minute.")
        metrics.declareProcess()
    }

    func text(from database: DashboardDatabase) async throws -> String {
        let states = try await database.ask(
            """
            SELECT state, count(*) AS runs,
                coalesce(sum(pending) FILTER (WHERE state IN ('waiting', 'counting')), 0)::bigint AS pending,
                coalesce(sum(images_per_second) FILTER (WHERE state = 'counting'), 0)::double precision AS rate
            FROM headcount.progress GROUP BY state
            """)
        for state in ["waiting", "counting", "paused", "cancelled", "done"] { runs.set(0, state) }
        var (waiting, speed) = (0, 0.0)
        for row in states {
            runs.set(Double(try row.decode(Int.self, "runs")), try row.decode(String.self, "state"))
            waiting += try row.decode(Int.self, "pending")
            speed += try row.decode(Double.self, "rate")
        }
        pending.set(Double(waiting))
        rate.set(speed)
        let live = try await database.ask(
            """
            SELECT count(*) AS live FROM headcount.workers
            WHERE stopped_at IS NULL AND heartbeat_at > now() - interval '1 minute'
            """)
        workers.set(Double(try live.first?.decode(Int.self, "live") ?? 0))
        return metrics.text
    }
}
