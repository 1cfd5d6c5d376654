import CSystem
import Concurrency
import Glibc

/// A worker's end of the link to the coordinator that started it.
public final class SupervisorLink: Sendable {
    /// The variable by which a coordinator tells a process that its standard input is the link; its value is the mark by
    /// which the coordinator's processes are known.
    public static let variable = "HEADCOUNT_SUPERVISOR"
    /// How long a process whose coordinator is gone may take to finish: a launch that never ends must not keep it.
    public static let grace: Duration = .seconds(10)
    /// Time between two reports.
    public static let interval: Duration = .seconds(1)
    /// `EX_TEMPFAIL`: what a process ends with that nobody supervises any more.
    private static let abandonedStatus: Int32 = 75
    private static let longestMessage = 256

    private let descriptor: Int32

    /// The link of this process; `nil` where nobody supervises it.
    public convenience init?() {
        guard getenv(Self.variable) != nil, headcount_is_message_socket(STDIN_FILENO) else { return nil }
        self.init(descriptor: STDIN_FILENO)
    }

    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// Lets this process be ended, by SIGIO, once the process that started it is gone, also in the midst of a call that
    /// never returns. Does nothing where standard input is no link.
    public static func endWithSupervisor() {
        guard headcount_is_message_socket(STDIN_FILENO) else { return }
        _ = fcntl(STDIN_FILENO, F_SETOWN, getpid())
        _ = fcntl(STDIN_FILENO, F_SETFL, O_ASYNC)
        // It may have gone before.
        var entry = pollfd(fd: STDIN_FILENO, events: 0, revents: 0)
        if poll(&entry, 1, 0) > 0 { _exit(abandonedStatus) }
    }

    /// Tells the coordinator something now. Never waits: a coordinator that does not read misses it.
    public func send(_ report: WorkerReport) {
        // A report holds nothing that JSON cannot say.
        guard let message = try? report.message else { return }
        Glibc.send(descriptor, message, message.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
    }

    /// Reports every second, on a thread of its own, until the process ends.
    ///
    /// What the coordinator sends is passed to `onMessage`. Where it goes away `onAbandoned` is called, and the process
    /// ended if it is still there after the grace.
    public func keepReporting(
        _ report: @escaping @Sendable () -> WorkerReport, onMessage: @escaping @Sendable ([UInt8]) -> Void,
        onAbandoned: @escaping @Sendable () -> Void
    ) {
        // All of it on a thread that waits for no other: those may be stuck in calls of a vendor's library.
        DetachedThread.start(named: "supervisor") {
            self.serve(report, onMessage)
            onAbandoned()
            poll(nil, 0, Int32(Self.grace / .milliseconds(1)))
            _exit(Self.abandonedStatus)
        }
    }

    /// Returns once the other end is closed.
    private func serve(_ report: () -> WorkerReport, _ onMessage: ([UInt8]) -> Void) {
        let clock = ContinuousClock()
        var nextReport = clock.now
        while true {
            if clock.now >= nextReport {
                send(report())
                nextReport = clock.now + Self.interval
            }
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let pause = max(.zero, clock.now.duration(to: nextReport)) / .milliseconds(1)
            guard poll(&entry, 1, Int32(pause.rounded(.up))) > 0 else { continue }
            var message = [UInt8](repeating: 0, count: Self.longestMessage)
            let length = recv(descriptor, &message, message.count, Int32(MSG_DONTWAIT))
            if length > 0 {
                onMessage(Array(message.prefix(length)))
            } else if length == 0 || errno != EAGAIN {
                return
            }
        }
    }
}
