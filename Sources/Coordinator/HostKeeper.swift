import Archive
import Concurrency
import Glibc
import Postgres
import Supervision

/// Keeps one host's rows in the database and its supervisor in step.
///
/// One task over one connection: reads what is wanted, writes what the supervisor decided and what the cards did. A
/// lost connection is made again, and whatever was to be written meanwhile is written then.
final class HostKeeper: Sendable {
    /// Time between two samples.
    static let sampleInterval: Duration = .seconds(5)
    /// Time between two readings of the table where nobody notifies.
    private static let readInterval: Duration = .seconds(1)
    /// How long the server may take to notice that a coordinator before this one was killed.
    private static let patience: Duration = .seconds(2)
    private static let shortestPause: Duration = .milliseconds(250)
    private static let longestPause: Duration = .seconds(10)

    private struct State {
        var findings: CardInventory.Findings?
        var isStopping = false
        var isStarted = false
        /// Cards whose quarantine was written since the table was last read.
        var condemned: Set<Int> = []
    }

    private let connect: @Sendable () async throws -> Archive
    private let host: HostRegistration
    private let mark: CoordinatorMark
    private let supervisor: Supervisor
    private let tell: @Sendable (String) -> Void
    private let nudge: Nudge
    private let onNewerSchema: @Sendable (ArchiveError) -> Void
    private let state = Locked(State())
    private let clock = ContinuousClock()

    /// - Parameters:
    ///   - connect: makes the connection, and makes sure of the schema, which may be newer: it is looked at again and again.
    ///   - nudge: nudged where something is to be read or written.
    ///   - onNewerSchema: told, until the keeper is stopped, that a newer version of the program migrated the database.
    init(
        connect: @escaping @Sendable () async throws -> Archive, host: HostRegistration, mark: CoordinatorMark,
        supervisor: Supervisor, nudge: Nudge, onNewerSchema: @escaping @Sendable (ArchiveError) -> Void,
        tell: @escaping @Sendable (String) -> Void
    ) {
        self.connect = connect
        self.host = host
        self.mark = mark
        self.supervisor = supervisor
        self.nudge = nudge
        self.onNewerSchema = onNewerSchema
        self.tell = tell
    }

    /// Goes on until `stop()`.
    /// - Throws: `CoordinatorError.hostTaken`, and at the first connection whatever stands in its way.
    func run(_ first: Archive) async throws {
        var archive: Archive? = first
        var pause = Self.shortestPause
        while true {
            do {
                let current = if let archive { archive } else { try await connect() }
                archive = current
                try await begin(over: current)
                supervisor.change { $0.mayStart = true }
                pause = Self.shortestPause
                try await keep(over: current)
                await current.close()
                return
            } catch let error as PostgresError where error.isTransient {
                await archive?.close()
                archive = nil
                // Workers that run go on as long as they can; one that started now could not work.
                supervisor.change { $0.mayStart = false }
                if state.withLock({ $0.isStopping }) { return }
                tell("\(error); trying again")
                try await clock.sleep(for: pause)
                pause = min(pause * 2, Self.longestPause)
            }
        }
    }

    /// Tells which cards the host has.
    func found(_ findings: CardInventory.Findings) {
        state.withLock { $0.findings = findings }
        nudge.nudge()
    }

    /// Writes what is left to write, and ends. The supervisor has no workers any more.
    func stop() {
        state.withLock { $0.isStopping = true }
        nudge.nudge()
    }

    private func begin(over archive: Archive) async throws {
        let end = clock.now + Self.patience
        while try await !archive.lockHost(host.name) {
            guard clock.now < end else {
                throw CoordinatorError.hostTaken(
                    host: host.name, process: try await archive.coordinator(ofHost: host.name))
            }
            try await clock.sleep(for: .milliseconds(100))
        }
        try await archive.register(host)
        guard !state.withLock({ $0.isStarted }) else { return }
        try await endOrphans(over: archive)
        state.withLock { $0.isStarted = true }
    }

    /// What an earlier coordinator of this host left behind is ended, and what it held given back.
    private func endOrphans(over archive: Archive) async throws {
        let orphans = mark.orphans()
        for process in orphans { kill(process, SIGKILL) }
        if !orphans.isEmpty { tell("ended \(orphans.count) workers that an earlier coordinator left behind") }
        let known = try await archive.workers(ofHost: host.name)
        let gone = known.filter { orphans.contains(Int32($0)) || !ProcessSearch.exists(Int32($0)) }
        if !gone.isEmpty { try await archive.endWorkers(gone, ofHost: host.name) }
    }

    private func keep(over archive: Archive) async throws {
        var nextSample = clock.now
        while true {
            try await write(over: archive)
            if let findings = state.withLock({ $0.findings.take() }) {
                do {
                    try await archive.record(findings.cards, ofHost: host.name)
                } catch {
                    state.withLock { $0.findings = $0.findings ?? findings }
                    throw error
                }
            }
            do {
                try await archive.checkSchema()
            } catch let error as ArchiveError {
                onNewerSchema(error)
            }
            let cards = try await archive.cards(ofHost: host.name)
            supervisor.want(cards, condemned: state.withLock { $0.condemned })
            state.withLock { $0.condemned = [] }
            if clock.now >= nextSample {
                nextSample = clock.now + Self.sampleInterval
                try await archive.heartbeat(host: host.name, supervisor.takeSamples())
            }
            if state.withLock({ $0.isStopping }) {
                try await write(over: archive)
                try await archive.heartbeat(host: host.name, supervisor.takeSamples())
                try await archive.signOff(host: host.name)
                return
            }
            try await nudge.wait(atMost: Self.readInterval)
        }
    }

    private func write(over archive: Archive) async throws {
        let deeds = supervisor.takeDeeds()
        do {
            var ended: [Int] = []
            for deed in deeds {
                switch deed {
                case .release(let process): ended.append(Int(process))
                case .quarantine(let card, let reason):
                    try await archive.quarantine(card: card, reason: reason)
                    _ = state.withLock { $0.condemned.insert(card) }
                }
            }
            if !ended.isEmpty { try await archive.endWorkers(ended, ofHost: host.name) }
        } catch {
            // Writing one twice does no harm.
            supervisor.returnDeeds(deeds)
            throw error
        }
    }
}
