import Archive
import Concurrency
import Terminal
import Worker

/// Shows a worker's progress, a few times a second at most.
final class ProgressMeter: Sendable {
    private struct State {
        var lastShown: ContinuousClock.Instant
        /// Images counted at times of the last seconds: the rate is told over these.
        var marks: [(at: ContinuousClock.Instant, counted: Int)] = []
    }

    /// Seconds over which the rate is told.
    private static let window = Duration.seconds(20)

    private let console: Console
    private let clock = ContinuousClock()
    private let started: ContinuousClock.Instant
    private let state: Locked<State>

    init(_ console: Console) {
        self.console = console
        started = clock.now
        state = Locked(State(lastShown: clock.now))
    }

    /// Called after every image and now and then, from any thread.
    @Sendable func show(_ progress: WorkerProgress) {
        let now = clock.now
        let rate: Double? = state.withLock { state in
            guard state.lastShown.duration(to: now) >= .milliseconds(200) else { return nil }
            state.lastShown = now
            state.marks.append((now, progress.counted))
            state.marks.removeAll { $0.at.duration(to: now) > Self.window }
            guard let first = state.marks.first, first.at < now else { return 0 }
            return Double(progress.counted - first.counted) / (first.at.duration(to: now) / .seconds(1))
        }
        guard let rate else { return }
        console.showProgress(Self.line(of: progress, rate: rate))
    }

    /// Everything of it that people look for, the most important first: a narrow terminal cuts the end off.
    static func line(of progress: WorkerProgress, rate: Double) -> String {
        var parts = ["\(Numbers.grouped(progress.counted)) counted", "\(Numbers.fixed(rate, digits: 1))/s"]
        if let eta = eta(of: progress, rate: rate) { parts.append("\(Numbers.duration(eta)) left") }
        let steps = ImageStep.allCases.map { "\($0.rawValue) \(progress.inStep[$0] ?? 0)" }
        parts.append(steps.joined(separator: " "))
        if let fill = progress.laneFill { parts.append("lanes \(Numbers.fixed(fill * 100, digits: 0)) %") }
        return parts.joined(separator: ", ") + failures(in: progress)
    }

    /// Seconds until the runs are done; `nil` where it cannot be said yet.
    private static func eta(of progress: WorkerProgress, rate: Double) -> Double? {
        guard let pending = progress.pending, pending > 0 else { return nil }
        let cluster = max(progress.clusterRate ?? 0, rate)
        return cluster > 0 ? Double(pending) / cluster : nil
    }

    /// The last word.
    func summary(of progress: WorkerProgress) -> String {
        let seconds = started.duration(to: clock.now) / .seconds(1)
        let rate = Numbers.fixed(Double(progress.counted) / max(seconds, 0.001), digits: 1)
        return "Counted \(Numbers.grouped(progress.counted)) images in \(Numbers.duration(seconds)), \(rate) images/s"
            + Self.failures(in: progress) + "."
            + (progress.failed > 0 ? " See headcount status SET, and headcount.failed_images in SQL." : "")
    }

    private static func failures(in progress: WorkerProgress) -> String {
        guard progress.failed > 0 else { return "" }
        let classes = progress.failures.sorted { ($1.value, $0.key.rawValue) < ($0.value, $1.key.rawValue) }
        let words = classes.map { "\($0.key.rawValue) \(Numbers.grouped($0.value))" }.joined(separator: ", ")
        return ", \(Numbers.grouped(progress.failed)) failed attempts (\(words))"
    }
}
