import Glibc
import Supervision

/// A worker process as its supervisor knows it.
struct SupervisedWorker {
    /// How far the end of a worker is.
    enum Stage {
        case running
        case stopping(since: ContinuousClock.Instant)
        case cancelled(since: ContinuousClock.Instant)
        case killed(isHung: Bool)
    }

    let card: Int
    let startedAt: ContinuousClock.Instant
    var heardAt: ContinuousClock.Instant
    var stage = Stage.running
    var report = WorkerReport()

    /// False until its first report.
    var wasHeard: Bool { heardAt > startedAt }

    /// False once it was asked to end.
    var isRunning: Bool {
        if case .running = stage { true } else { false }
    }

    /// One that hung is followed only once it has ended: the card may still be its own.
    var isHung: Bool {
        if case .killed(isHung: true) = stage { true } else { false }
    }
}

extension ChildProcess.Ending {
    /// Being asked to end, and a kill, come from a person or from a system short of memory, never from the card.
    var isFault: Bool {
        switch self {
        case .status(let status): status != 0 && status != 128 + SIGTERM
        case .signal(let number): ![SIGKILL, SIGTERM, SIGINT, SIGHUP].contains(number)
        }
    }
}

extension WorkerReport.Failure {
    var reason: String {
        switch self {
        case .device(let reason), .database(let reason), .other(let reason): reason
        }
    }
}
