import Archive
import Telemetry

/// What a coordinator tells Prometheus.
enum CoordinatorMetrics {
    static func declare(in metrics: Metrics, of coordinator: Coordinator) {
        func perCard(
            _ name: String, _ help: String, _ kind: MeasuredKind = .gauge,
            _ value: @escaping @Sendable (CardOverview) -> Double?
        ) {
            metrics.measured(name, help, kind, labels: ["card"]) { [weak coordinator] in
                (coordinator?.cards ?? []).compactMap { card in value(card).map { ([card.name], $0) } }
            }
        }
        perCard("headcount_card_workers", "Worker processes that run on a card.") { Double($0.workers) }
        perCard("headcount_card_workers_desired", "Worker processes wanted on a card.") { Double($0.desiredWorkers) }
        perCard("headcount_card_quarantined", "1 where a card is kept out of work.") { $0.quarantine == nil ? 0 : 1 }
        perCard("headcount_card_images_total", "Images counted on a card.", .counter) { Double($0.images) }
        perCard(
            "headcount_card_busy_seconds_total", "Time that a card had something to compute, summed over its workers.",
            .counter
        ) {
            Double($0.busyMilliseconds) / 1000
        }
        metrics.measured(
            "headcount_card_lanes_total", "Places for tiles in a card's launches, by whether they held one.", .counter,
            labels: ["card", "state"]
        ) { [weak coordinator] in
            (coordinator?.cards ?? []).flatMap { card in
                [([card.name, "filled"], Double(card.tiles)), ([card.name, "empty"], Double(card.emptyLanes))]
            }
        }
        perCard("headcount_card_worker_crashes_total", "Workers of a card that ended unasked.", .counter) {
            Double($0.crashes)
        }
        perCard("headcount_card_celsius", "Temperature of a card's chip.") {
            $0.readings.chipCelsius.map(Double.init)
        }
        perCard("headcount_card_watts", "Power that a card's chip draws.") { $0.readings.watts }
        perCard("headcount_card_load_ratio", "Load of a card's chip as its driver tells it, 0 to 1.") {
            $0.readings.loadPercent.map { Double($0) / 100 }
        }
        perCard("headcount_card_memory_used_bytes", "Memory of a card in use.") {
            $0.readings.memoryUsed.map(Double.init)
        }
        metrics.measured("headcount_coordinator_database_up", "1 while the database answers.") { [weak coordinator] in
            [([], coordinator?.isReady == true ? 1 : 0)]
        }
        metrics.measured("headcount_coordinator_leads", "1 while this coordinator does the chores of all hosts.") {
            [weak coordinator] in [([], coordinator?.leadsWith == nil ? 0 : 1)]
        }
        metrics.declareProcess()
    }
}
