import Archive
import Concurrency
import Terminal
import Worker

/// Shows a worker's progress, a few times a second at most.
final class ProgressMeter: Sendable {
    private let console: Console
    private let clock = ContinuousClock()
    private let started: ContinuousClock.Instant
    private let lastShown: Locked<ContinuousClock.Instant>
    private let declined = Locked<Set<Int>>([])

    init(_ console: Console) {
        self.console = console
        started = clock.now
        lastShown = Locked(clock.now)
    }

    /// Called after every image, from any thread.
    @Sendable func show(_ progress: WorkerProgress) {
        tellDeclined(progress)
        let now = clock.now
        let due = lastShown.withLock { last in
            guard last.duration(to: now) >= .milliseconds(200) else { return false }
            last = now
            return true
        }
        guard due else { return }
        console.showProgress(
            "\(Numbers.grouped(progress.counted)) counted, \(rate(of: progress)) images/s, "
                + "\(progress.inFlight) in flight" + failures(in: progress))
    }

    /// The last word.
    func summary(of progress: WorkerProgress) -> String {
        let seconds = Numbers.duration(elapsed)
        return "Counted \(Numbers.grouped(progress.counted)) images in \(seconds), \(rate(of: progress)) images/s"
            + failures(in: progress) + "."
            + (progress.failed > 0 ? " See headcount status SET, and headcount.failed_images in SQL." : "")
    }

    /// Told when it happens: a worker that does not drain may go on for months.
    private func tellDeclined(_ progress: WorkerProgress) {
        for (run, reason) in progress.declined.sorted(by: { $0.key < $1.key })
        where declined.withLock({ $0.insert(run).inserted }) {
            console.warn("run \(run) is left to other workers: \(reason)")
        }
    }

    private var elapsed: Double {
        started.duration(to: clock.now) / .seconds(1)
    }

    private func rate(of progress: WorkerProgress) -> String {
        Numbers.fixed(Double(progress.counted) / max(elapsed, 0.001), digits: 1)
    }

    private func failures(in progress: WorkerProgress) -> String {
        guard progress.failed > 0 else { return "" }
        let classes = progress.failures.sorted { ($1.value, $0.key.rawValue) < ($0.value, $1.key.rawValue) }
        let words = classes.map { "\($0.key.rawValue) \(Numbers.grouped($0.value))" }.joined(separator: ", ")
        return ", \(Numbers.grouped(progress.failed)) failed attempts (\(words))"
    }
}
