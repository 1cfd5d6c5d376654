import Archive
import Concurrency
import Inference
import Postgres
import Supervision
import Telemetry
import Worker

/// What `headcount work` does besides where a coordinator started it: tells of itself, and of its end.
final class SupervisedWork: Sendable {
    private let link: SupervisorLink
    private let watch: EngineWatch
    private let metrics: WorkerMetrics
    private let counted = Locked(0)
    private let worker = Locked<Worker?>(nil)
    /// What the queue notifies, as the coordinator passes it on.
    let notices: AsyncStream<WorkNotice>

    /// Tells of the process every second from now on; `nil` where nobody supervises it.
    init?(_ watch: EngineWatch, _ metrics: WorkerMetrics) {
        guard let link = SupervisorLink() else { return nil }
        self.link = link
        self.watch = watch
        self.metrics = metrics
        let (notices, noticing) = AsyncStream.makeStream(of: WorkNotice.self, bufferingPolicy: .bufferingNewest(16))
        self.notices = notices
        link.keepReporting(
            report, onMessage: { noticing.yield(WorkNotice(payload: String(decoding: $0, as: UTF8.self))) },
            onAbandoned: { [worker] in worker.withLock { $0 }?.stop() })
    }

    /// The worker that is to finish where the coordinator goes away.
    func look(after worker: Worker) {
        self.worker.withLock { $0 = worker }
    }

    /// Called after every image.
    @Sendable func note(_ progress: WorkerProgress) {
        counted.withLock { $0 = progress.counted }
    }

    /// Tells what was done since the last report, before the process ends.
    func tellEnd() {
        link.send(report())
    }

    /// Tells why the process is about to end.
    func tell(_ error: any Error) {
        var last = report()
        last.failure = Self.failure(of: error)
        link.send(last)
    }

    @Sendable private func report() -> WorkerReport {
        var report = watch.report()
        report.counted = counted.withLock { $0 }
        report.emptyLanes = metrics.emptyLanes
        report.totals = metrics.metrics.totals
        return report
    }

    /// Whose fault it is.
    private static func failure(of error: any Error) -> WorkerReport.Failure {
        let words = ErrorLine.text(of: error)
        return switch error {
        case WorkerError.deviceFailed, InferenceError.deviceFailed: .device(reason: words)
        case is PostgresError, is ArchiveError, WorkerError.countsRefused: .database(reason: words)
        default: .other(reason: words)
        }
    }
}
