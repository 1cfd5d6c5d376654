import Concurrency
public import Telemetry

/// A worker's metrics, by the names that Prometheus has them under.
public final class WorkerMetrics: Sendable {
    /// All of them, and those of the process.
    public let metrics: Metrics

    let counting: CountingMetrics
    let inStep: Gauge
    let databaseUp: Gauge

    /// Declares them in `metrics`.
    public init(_ metrics: Metrics = Metrics()) {
        self.metrics = metrics
        counting = CountingMetrics(in: metrics)
        inStep = metrics.gauge("headcount_images_in_step", "Images in a step at the moment.", labels: ["step"])
        databaseUp = metrics.gauge("headcount_database_up", "1 while the database answers, 0 while it does not.")
        for step in ImageStep.allCases { inStep.set(0, step.rawValue) }
        databaseUp.set(1)
        metrics.declareProcess()
    }

    /// Places for tiles that held one, of all in the launches so far; `nil` before the first launch.
    public var laneFill: Double? {
        let (filled, empty) = (counting.lanes.value("filled"), counting.lanes.value("empty"))
        return filled + empty > 0 ? filled / (filled + empty) : nil
    }

    /// Places for tiles in the launches so far that held none.
    public var emptyLanes: Int { Int(counting.lanes.value("empty")) }

    /// False while the database is away.
    public var databaseAnswers: Bool { databaseUp.value() == 1 }

    /// Images in a step at the moment.
    public func images(in step: ImageStep) -> Int {
        Int(inStep.value(step.rawValue))
    }

    /// Runs `body` as a step of an image.
    func during<Result>(_ step: ImageStep, _ body: () async throws -> Result) async rethrows -> Result {
        begin(step)
        defer { end(step) }
        return try await body()
    }

    /// An image is in the step from here on, until `end(_:)`.
    func begin(_ step: ImageStep) { inStep.add(1, step.rawValue) }

    /// An image has left the step.
    func end(_ step: ImageStep) { inStep.add(-1, step.rawValue) }

    func declareMemory(of pipeline: Pipeline) {
        metrics.measured(
            "headcount_picture_memory_bytes", "Memory that is set aside for pictures, by what they are.",
            labels: ["pictures"]
        ) { [pipeline] in
            [(["fetched"], Double(pipeline.fetched.used)), (["decoded"], Double(pipeline.decoded.used))]
        }
        metrics.measured("headcount_picture_memory_limit_bytes", "Memory that pictures may take at once.") {
            [pipeline] in
            [([], Double(pipeline.fetched.limit + pipeline.decoded.limit))]
        }
        metrics.measured(
            "headcount_step_width", "Images that may be in a step at once, as chosen from measured times.",
            labels: ["step"]
        ) { [pipeline] in
            let widths = pipeline.widths
            return [
                (["all"], Double(widths.images)), (["fetch"], Double(widths.fetches)),
                (["decode"], Double(widths.decodes)), (["decoded"], Double(widths.decoded)),
            ]
        }
    }
}
