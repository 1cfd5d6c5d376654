import Inference
public import Telemetry

/// What counting comes to, by the names that Prometheus has it under: metrics whose sum over all workers of a host means
/// something too.
public struct CountingMetrics: Sendable {
    let images: Counter
    let failures: Counter
    let bytes: Counter
    let stepSeconds: Histogram
    let launches: Counter
    let lanes: Counter
    let launchSeconds: Histogram
    let leasesLost: Counter

    /// Declares them in `metrics`.
    public init(in metrics: Metrics) {
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
        leasesLost = metrics.counter(
            "headcount_leases_lost_total",
            "Leases that were given back for want of a heartbeat, or whose run was cancelled.")
    }

    func note(_ launch: LaunchRecord) {
        launches.add()
        lanes.add(Double(launch.tiles), "filled")
        lanes.add(Double(launch.lanes - launch.tiles), "empty")
        launchSeconds.observe(launch.duration / .seconds(1))
    }
}
