import Archive
import Concurrency
import Postgres

/// A worker's way to the database, which outlasts its absence.
///
/// A call that finds the connection broken is made again on a new one until the database answers, its patience is over
/// or the worker must end; so is one that the server gave up for the sake of others, and undid. Every call is one that
/// may come twice: the queue sees to that.
final class DatabaseLink: Sendable {
    private struct State {
        var awaySince: ContinuousClock.Instant?
        /// When the worker must have ended; `nil` while it works.
        var end: ContinuousClock.Instant?
        /// The last call has begun, whose time is its own.
        var isLast = false
        /// Runs that nothing is asked about before a time.
        var lockedUntil: [Int: ContinuousClock.Instant] = [:]
    }

    /// Waits between two attempts grow from the first to the second.
    private static let pauses = (first: Duration.milliseconds(50), longest: Duration.seconds(2))
    /// How soon the end of the worker is seen while the database is away.
    private static let look = Duration.milliseconds(100)
    /// How long a call may take at the end of the worker, and the last one over a connection of its own.
    private static let lastPatience = Duration.seconds(2)
    /// How long a run with a locked table is not asked about.
    private static let lockedRest = Duration.seconds(30)

    private let archive: Archive
    private let patience: Duration
    private let onChange: @Sendable (WorkerEvent) -> Void
    private let clock = ContinuousClock()
    private let questions = Gate(limit: 1)
    private let state = Locked(State())

    /// - Parameter onChange: told once when the database went and once when it is back.
    init(_ archive: Archive, patience: Duration, onChange: @escaping @Sendable (WorkerEvent) -> Void) {
        self.archive = archive
        self.patience = patience
        self.onChange = onChange
    }

    /// Calls are given up from `instant` on where the database is away, and soon after it where it says nothing.
    func end(at instant: ContinuousClock.Instant) {
        let end: ContinuousClock.Instant? = state.withLock { state in
            let end = min(state.end ?? instant, instant)
            state.end = end
            return state.isLast ? nil : end
        }
        if let end { archive.giveUp(at: end + Self.lastPatience) }
    }

    /// Runs `body`, the last of this worker: where the connection is lost, or silent for long, once more over another one,
    /// which may be well.
    func callLast<Result: Sendable>(_ body: (Archive) async throws -> Result) async throws -> Result {
        state.withLock { $0.isLast = true }
        archive.giveUp(at: clock.now + Self.lastPatience)
        do {
            return try await body(archive)
        } catch let error as PostgresError where error.isConnectionLost {
            archive.giveUp(at: clock.now + Self.lastPatience)
            try await archive.reconnect()
            return try await body(archive)
        }
    }

    /// What the queue notifies, heard over a second connection.
    func notices() -> some AsyncSequence<WorkNotice, Never> & Sendable { archive.notices() }

    /// Runs `body` until it was neither the connection that failed nor the server that gave it up for others.
    /// - Parameter outlastingLocks: false where a lock that somebody else holds is to be told at once.
    func call<Result: Sendable>(
        outlastingLocks: Bool = true, _ body: (Archive) async throws -> Result
    ) async throws -> Result {
        var pause = Self.pauses.first
        var refusedSince: ContinuousClock.Instant?
        while true {
            do {
                let result = try await body(archive)
                noteBack()
                return result
            } catch let error as PostgresError where error.isConnectionLost {
                let away = noteAway(error)
                try await wait(pause, since: away, for: error)
                pause = min(pause * 2, Self.pauses.longest)
                // What stands in the way now shows in the next attempt, which names the connection that was lost.
                try? await archive.reconnect()
            } catch let error as PostgresError where error.isOfLock && !outlastingLocks {
                noteBack()
                throw error
            } catch let error as PostgresError where error.isTransient {
                let since = refusedSince ?? clock.now
                refusedSince = since
                try await wait(pause, since: since, for: error)
                pause = min(pause * 2, Self.pauses.longest)
            }
        }
    }

    /// Runs `body` once, for an answer that can be done without.
    /// - Returns: `nil` where the database is away, or has others to serve first.
    func attempt<Result: Sendable>(_ body: (Archive) async throws -> Result) async throws -> Result? {
        guard state.withLock({ $0.awaySince }) == nil else { return nil }
        do {
            return try await body(archive)
        } catch let error as PostgresError where error.isTransient {
            // Whoever cannot do without it finds out, and waits.
            return nil
        }
    }

    /// The same about one run, for which every image may ask. Where somebody's lock keeps the answer back it is asked about
    /// no more for a while: each question waits for the lock, and all that is asked behind it, heartbeats too.
    func attempt<Result: Sendable>(
        aboutRun run: Int, _ body: (Archive) async throws -> Result
    ) async throws -> Result? {
        try await questions.withPlace {
            guard state.withLock({ $0.lockedUntil[run] }).map({ clock.now >= $0 }) ?? true else { return nil }
            return try await attempt { archive in
                do {
                    return try await body(archive)
                } catch let error as PostgresError where error.isOfLock {
                    state.withLock { $0.lockedUntil[run] = clock.now + Self.lockedRest }
                    throw error
                }
            }
        }
    }

    private func wait(_ pause: Duration, since start: ContinuousClock.Instant, for error: PostgresError) async throws {
        let resume = clock.now + pause
        while clock.now < resume {
            let end = state.withLock { $0.end }
            guard clock.now < min(end ?? start + patience, start + patience) else { throw error }
            try await clock.sleep(for: min(Self.look, clock.now.duration(to: resume)))
        }
    }

    private func noteAway(_ error: PostgresError) -> ContinuousClock.Instant {
        let (since, isNew) = state.withLock { state in
            defer { state.awaySince = state.awaySince ?? clock.now }
            return (state.awaySince ?? clock.now, state.awaySince == nil)
        }
        if isNew { onChange(.databaseAway(reason: error.description)) }
        return since
    }

    private func noteBack() {
        guard let since = state.withLock({ $0.awaySince.take() }) else { return }
        onChange(.databaseBack(seconds: since.duration(to: clock.now) / .seconds(1)))
    }
}
