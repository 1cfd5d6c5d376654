import CSystem
@preconcurrency import Dispatch
import Glibc

/// SIGINT, SIGTERM and SIGHUP (the terminal was closed) as a sequence: the first asks to finish, the second to end at once.
public struct StopSignals: Sendable {
    /// The numbers of the signals as they come.
    public let stream: AsyncStream<Int32>

    /// From now on the signals no longer end the process by themselves. Those that it was started to ignore, as `nohup`
    /// and a shell's background jobs do it, stay ignored.
    public init() {
        stream = AsyncStream { continuation in
            let sources = Self.heeded.map { number in
                signal(number, SIG_IGN)
                let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
                source.setEventHandler { @Sendable in continuation.yield(number) }
                source.resume()
                return source
            }
            // The sources live as long as the stream; Dispatch allows any thread to cancel them.
            continuation.onTermination = { _ in sources.forEach { $0.cancel() } }
        }
    }

    /// As the process was started; looked up once, since the signals are ignored in favour of the sources afterwards.
    private static let heeded = [SIGINT, SIGTERM, SIGHUP].filter { headcount_signal_is_ignored($0) == 0 }
}
