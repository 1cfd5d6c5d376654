import CSystem
@preconcurrency import Dispatch
import Glibc

/// SIGINT, SIGTERM and SIGHUP (the terminal was closed) as a sequence: the first asks to finish, the second to end at once.
public struct StopSignals: Sendable {
    /// The numbers of the signals as they come.
    public let stream: AsyncStream<Int32>

    /// From now on the signals no longer end the process by themselves, and none is lost. Those that it was started to
    /// ignore, as `nohup` and a shell's background jobs do it, stay ignored.
    public init() {
        stream = AsyncStream { continuation in
            let registered = DispatchSemaphore(value: 0)
            let sources = Self.heeded.map { number in
                let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
                source.setEventHandler { @Sendable in continuation.yield(number) }
                source.setRegistrationHandler { @Sendable in registered.signal() }
                source.resume()
                return source
            }
            // Dispatch takes a signal over a moment later, on a thread of its own.
            for _ in sources { registered.wait() }
            // The sources live as long as the stream; Dispatch allows any thread to cancel them.
            continuation.onTermination = { _ in sources.forEach { $0.cancel() } }
        }
    }

    /// As the process was started; looked up once, since Dispatch handles the signals afterwards.
    private static let heeded = [SIGINT, SIGTERM, SIGHUP].filter { headcount_signal_is_ignored($0) == 0 }
}
