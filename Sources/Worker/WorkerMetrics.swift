import Archive
import Concurrency
import Counting
import Inference
public import Telemetry

/// A worker's metrics, by the names that Prometheus has them under.
public final class WorkerMetrics: Sendable {
    /// All of them, and those of the process.
    public let metrics: Metrics

    let images: Counter
    let failures: Counter
    let bytes: Counter
    let stepSeconds: Histogram
    let launches: Counter
    let lanes: Counter
    let launchSeconds: Histogram
    let inStep: Gauge
    let databaseUp: Gauge
    let leasesLost: Counter

    /// Declares them in `metrics`.
    public init(_ metrics: Metrics = Metrics()) {
        self.metrics = metrics
        images = metrics.counter(
            "headcount_images_total", "Images, by what became of the attempt.", labels: ["outcome"])
        failures = metrics.counter("headcount_failures_total", "Failed attempts, by class.", labels: ["class"])
        bytes = metrics.counter("headcount_fetched_bytes_total", "Bytes of the pictures that were fetched.")
        stepSeconds = metrics.histogram(
            "headcount_step_seconds", "Time of an image in a step: fetch, decode, infer, or all of it.",
            labels: ["step"])
        launches = metrics.counter("headcount_launches_total", "Launches of the network.")
        lanes = metrics.counter(
            "headcount_lanes_total", "Places for tiles in the launches, by whether they held one.", labels: ["state"])
        launchSeconds = metrics.histogram(
            "headcount_launch_seconds", "Time of a launch, waiting for the device included.")
        inStep = metrics.gauge("headcount_images_in_step", "Images in a step at the moment.", labels: ["step"])
        databaseUp = metrics.gauge("headcount_database_up", "1 while the database answers, 0 while it does not.")
        leasesLost = metrics.counter("headcount_leases_lost_total", "Leases that passed on to other workers.")
        for step in ImageStep.allCases { inStep.set(0, step.rawValue) }
        databaseUp.set(1)
        metrics.declareProcess()
    }

    /// Places for tiles that held one, of all in the launches so far; `nil` before the first launch.
    public var laneFill: Double? {
        let (filled, empty) = (lanes.value("filled"), lanes.value("empty"))
        return filled + empty > 0 ? filled / (filled + empty) : nil
    }

    /// Places for tiles in the launches so far that held none.
    public var emptyLanes: Int { Int(lanes.value("empty")) }

    /// False while the database is away.
    public var databaseAnswers: Bool { databaseUp.value() == 1 }

    /// Images in a step at the moment.
    public func images(in step: ImageStep) -> Int {
        Int(inStep.value(step.rawValue))
    }

    func note(_ launch: LaunchRecord) {
        launches.add()
        lanes.add(Double(launch.tiles), "filled")
        lanes.add(Double(launch.lanes - launch.tiles), "empty")
        launchSeconds.observe(launch.duration / .seconds(1))
    }

    /// Runs `body` as a step of an image.
    func during<Result>(_ step: ImageStep, _ body: () async throws -> Result) async rethrows -> Result {
        inStep.add(1, step.rawValue)
        defer { inStep.add(-1, step.rawValue) }
        return try await body()
    }

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
                (["decode"], Double(widths.decodes)),
            ]
        }
    }
}
