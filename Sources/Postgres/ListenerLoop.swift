import CPostgres
import Concurrency

/// The thread of one listener: connects, listens, waits in `poll`, connects again.
actor ListenerLoop {
    private static let shortestPause: Int32 = 250  // milliseconds
    private static let longestPause: Int32 = 30_000
    /// Of an encrypted connection the TLS library may hold what was read already, and the socket stays silent.
    private static let longestWait: Int32 = 60_000

    private let executor = ThreadExecutor(name: "pg-listener")
    private let configuration: PostgresConfiguration
    private let channels: [String]
    private let wake: WakeSignal

    /// - Parameter wake: signalled after the task of `run` was cancelled.
    init(_ configuration: PostgresConfiguration, channels: [String], wake: WakeSignal) {
        self.configuration = configuration
        self.channels = channels
        self.wake = wake
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Goes on until its task is cancelled.
    func run(_ events: AsyncStream<PostgresNotification>.Continuation) {
        var pause = Self.shortestPause
        while !Task.isCancelled {
            do throws(PostgresError) {
                let session = try listen()
                pause = Self.shortestPause
                events.yield(.listening)
                try pass(on: session, to: events)
            } catch {
                if Task.isCancelled { break }
                events.yield(.interrupted(error))
                // Half by chance, so that the listeners of a fleet do not return all at once.
                wake.wait(orFor: -1, milliseconds: .random(in: pause / 2...pause))
                pause = min(pause * 2, Self.longestPause)
            }
        }
        events.finish()
    }

    private func listen() throws(PostgresError) -> PostgresSession {
        let session = try PostgresSession.open(configuration, timeout: .seconds(10))
        for channel in channels {
            let name = channel.replacing("\"", with: "\"\"")
            try session.execute("LISTEN \"\(name)\"")
        }
        return session
    }

    /// Returns when the task is cancelled.
    private func pass(
        on session: PostgresSession, to events: AsyncStream<PostgresNotification>.Continuation
    ) throws(PostgresError) {
        while !Task.isCancelled {
            // Before the wait: some may have come together with the answer to LISTEN.
            while let notification = PQnotifies(session.pointer) {
                defer { PQfreemem(notification) }
                let event = PostgresNotification.received(
                    channel: String(cString: notification.pointee.relname),
                    payload: String(cString: notification.pointee.extra))
                // The oldest gave way: what it was about must be looked at.
                if case .dropped = events.yield(event) { events.yield(.listening) }
            }
            wake.wait(orFor: PQsocket(session.pointer), milliseconds: Self.longestWait)
            if PQconsumeInput(session.pointer) == 0 { throw session.lost(session.lastMessage) }
        }
    }
}
