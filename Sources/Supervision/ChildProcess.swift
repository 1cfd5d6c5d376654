import CSystem
import Concurrency
import Glibc

/// A worker process that this process started, and the link to it.
///
/// The link is the child's standard input: both tell each other what is to be known over it, and its end, also by a kill
/// of this process, tells the child that nobody looks after it any more. `PR_SET_PDEATHSIG` would not do: it is bound to the
/// thread that started the child, and threads of a Swift program come and go.
public final class ChildProcess: Sendable {
    /// How a process ended.
    public enum Ending: Sendable, Hashable, CustomStringConvertible {
        /// By itself, with this status.
        case status(Int32)
        /// By this signal.
        case signal(Int32)

        /// `status 1`, or `signal 9 (Killed)`.
        public var description: String {
            switch self {
            case .status(let status): "status \(status)"
            case .signal(let number):
                "signal \(number) (\(strsignal(number).map { String(cString: $0) } ?? "unknown"))"
            }
        }
    }

    /// What came of waiting for a child to say something.
    public enum Heard: Sendable, Hashable {
        /// It said this.
        case message([UInt8])
        /// It closed the link, as its end does.
        case gone
        /// Nothing.
        case silence
    }

    /// A report with all its metrics takes a quarter of it.
    private static let longestMessage = 16384

    /// Its number while it runs; afterwards the system may give it to another.
    public let id: Int32
    private let link: Int32
    /// What the system said of its end; once that is asked, the number is no longer the child's.
    private let ended = Locked<Ending?>(nil)

    private init(id: Int32, link: Int32) {
        self.id = id
        self.link = link
    }

    deinit {
        close(link)
    }

    /// Starts a program in a process group of its own, with a link to it.
    /// - Parameter launch: its input is not used.
    public static func start(_ launch: ProgramLaunch) throws(SupervisionError) -> ChildProcess {
        var ends: [Int32] = [-1, -1]
        let code = headcount_message_pair(&ends)
        guard code == 0 else { throw .noLink(code: code) }
        defer { close(ends[1]) }
        var launch = launch
        launch.input = ends[1]
        launch.leadsGroup = true
        do throws(SupervisionError) {
            return ChildProcess(id: try launch.start(), link: ends[0])
        } catch {
            close(ends[0])
            throw error
        }
    }

    /// Sends a signal, unless the process has ended.
    public func signal(_ number: Int32) {
        ended.withLock { ended in
            if ended == nil { kill(id, number) }
        }
    }

    /// Ends the child and whatever it started that is still of its group, and waits for the child to be gone.
    /// - Returns: false where it is not gone by then: the system may keep a process in the call of a driver.
    public func endGroup(within limit: Duration) -> Bool {
        let end = ContinuousClock.now + limit
        ended.withLock { ended in
            // Until it is asked about, the number of its group is no other's.
            if ended == nil { kill(-id, SIGKILL) }
        }
        while ending() == nil {
            guard ContinuousClock.now < end else { return false }
            poll(nil, 0, 5)
        }
        return true
    }

    /// How it ended; `nil` while it runs. Does not wait.
    public func ending() -> Ending? {
        ended.withLock { ended in
            if ended == nil {
                var status: Int32 = 0
                // A child that somebody else waited for is gone too.
                if waitpid(id, &status, WNOHANG) != 0 { ended = Self.ending(of: status) }
            }
            return ended
        }
    }

    /// Tells it something. Never waits: a child that does not read misses it.
    public func send(_ message: [UInt8]) {
        Glibc.send(link, message, message.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
    }

    /// The next message that arrived; `nil` where there is none. Does not wait.
    public func message() -> [UInt8]? {
        withUnsafeTemporaryAllocation(byteCount: Self.longestMessage, alignment: 1) { buffer in
            let length = recv(link, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
            return length > 0 ? Array(buffer.prefix(length)) : nil
        }
    }

    /// Sends the child a message, and with it a descriptor where one is given.
    /// - Returns: false where the child is gone.
    public func send(_ message: [UInt8], with descriptor: Int32? = nil) -> Bool {
        headcount_send_message(link, message, message.count, descriptor ?? -1) == 0
    }

    /// Waits for the next message, and blocks the thread meanwhile.
    public func hear(within limit: Duration) -> Heard {
        let end = ContinuousClock.now + limit
        while true {
            let left = ContinuousClock.now.duration(to: end) / .milliseconds(1)
            guard left > 0 else { return .silence }
            var entry = pollfd(fd: link, events: Int16(POLLIN), revents: 0)
            if poll(&entry, 1, Int32(min(left.rounded(.up), 60_000))) > 0 {
                return message().map(Heard.message) ?? .gone
            }
        }
    }

    /// Ends the child for certain and waits for that.
    /// - Returns: how it ended; of one that was ending already, its own way.
    @discardableResult
    public func end() -> Ending {
        if let ending = ending() { return ending }
        return ended.withLock { ended in
            // Once another thread has asked, the number may be another's.
            if let ended { return ended }
            kill(id, SIGKILL)
            var status: Int32 = 0
            while waitpid(id, &status, 0) < 0, errno == EINTR {}
            let ending = Self.ending(of: status)
            ended = ending
            return ending
        }
    }

    /// As the macros of `sys/wait.h` take a status apart.
    private static func ending(of status: Int32) -> Ending {
        let number = status & 0x7F
        return number == 0 ? .status((status >> 8) & 0xFF) : .signal(number)
    }
}
