/// Hears what is notified on channels of a database, over a connection of its own.
public struct PostgresListener: Sendable {
    /// More than a reader leaves behind that wakes at all; the events are a few bytes each.
    private static let longestBacklog = 1024

    private let configuration: PostgresConfiguration

    /// Names the database; nothing is connected before `notifications`.
    public init(_ configuration: PostgresConfiguration) {
        self.configuration = configuration
    }

    /// The events of some channels, for one reader, without end: a lost connection is made again after a pause that
    /// grows to half a minute. None behind a pooler that gives every transaction another session.
    ///
    /// Cancelling the reading task, or letting go of the stream, ends it at once and closes the connection.
    /// - Parameter channels: as in `LISTEN`, taken as they are written, capitals included.
    public func notifications(on channels: String...) -> AsyncStream<PostgresNotification> {
        AsyncStream(bufferingPolicy: .bufferingNewest(Self.longestBacklog)) { continuation in
            if configuration.isPooled {
                continuation.finish()
                return
            }
            let wake: WakeSignal
            do throws(PostgresError) {
                wake = try WakeSignal()
            } catch {
                continuation.yield(.interrupted(error))
                continuation.finish()
                return
            }
            let loop = ListenerLoop(configuration, channels: channels, wake: wake)
            let task = Task { await loop.run(continuation) }
            continuation.onTermination = { _ in
                task.cancel()
                wake.signal()
            }
        }
    }
}
