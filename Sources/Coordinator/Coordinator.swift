public import Archive
public import Concurrency
import Postgres
import Supervision
public import Telemetry

/// One per host: keeps that host's cards working, and stands for leader of all.
///
/// `run()` owns every task. It keeps three connections: one for its host's rows, one that hears of changes, one that
/// holds the lock of the leader.
public final class Coordinator: Service {
    private let settings: CoordinatorSettings
    private let connect: @Sendable () async throws -> Archive
    private let tell: @Sendable (String) -> Void
    private let supervisor = Locked<Supervisor?>(nil)
    private let isStopping = Locked(false)
    /// Why it ends though nobody stopped it.
    private let failure = Locked<ArchiveError?>(nil)
    private let leader: Leader
    /// For Prometheus.
    public let metrics: Metrics

    /// - Parameters:
    ///   - metrics: the coordinator's own are declared in them; those that are there grow by what the workers tell of theirs
    ///     by the same names.
    ///   - connect: makes a connection to a database whose schema is the one this program was written for, or a newer one:
    ///     then the workers finish and `run()` ends, however it is noticed.
    ///   - tell: takes a line for people.
    public init(
        _ settings: CoordinatorSettings, metrics: Metrics = Metrics(),
        connect: @escaping @Sendable () async throws -> Archive, tell: @escaping @Sendable (String) -> Void
    ) {
        self.settings = settings
        self.metrics = metrics
        self.connect = connect
        self.tell = tell
        leader = Leader(connect: connect, host: settings.host.name, process: settings.host.process, tell: tell)
        CoordinatorMetrics.declare(in: metrics, of: self)
    }

    /// The cards as they are at the moment.
    public var cards: [CardOverview] { supervisor.withLock { $0 }?.overview ?? [] }

    /// True while the database answers.
    public var isReady: Bool { supervisor.withLock { $0 }?.mayStart ?? false }

    /// The token with which it leads; `nil` while it does not.
    public var leadsWith: Int? { leader.leadsWith }

    /// Works until `stop()` was called and every worker has ended.
    ///
    /// Cancelling its task ends every worker at once.
    /// - Throws: `CoordinatorError`, what stands in the way of the first connection, and `ArchiveError.schemaAhead` after a
    ///   newer version migrated the database and the workers have finished.
    public func run() async throws {
        let archive = try await connect()
        let nudge = Nudge()
        let mark = CoordinatorMark(fleet: try await archive.fleet(), host: settings.host.name)
        let limits = SupervisorState.Limits(grace: settings.grace, hangLimit: settings.hangLimit)
        let supervisor = Supervisor(
            program: settings.program, host: settings.host.name, mark: mark.text, limits: limits, metrics: metrics,
            tell: tell, onDeed: { nudge.nudge() })
        self.supervisor.withLock { $0 = supervisor }
        if isStopping.withLock({ $0 }) { supervisor.stop() }
        let keeper = HostKeeper(
            connect: connect, host: settings.host, mark: mark, supervisor: supervisor, nudge: nudge,
            onNewerSchema: { [weak self] in self?.end(for: $0) }, tell: tell)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            // The one whose end is the end of all.
            group.addTask {
                try await keeper.run(archive)
                return true
            }
            group.addTask {
                await supervisor.run()
                keeper.stop()
                return false
            }
            group.addTask {
                try await self.leader.run()
                return false
            }
            group.addTask {
                await self.hear(nudge, supervisor)
                return false
            }
            group.addTask {
                try await self.look(for: keeper, supervisor)
                return false
            }
            defer { group.cancelAll() }
            while let isOver = try await group.next() {
                if isOver { return }
            }
        }
        if let failure = failure.withLock({ $0 }) { throw failure }
    }

    /// Starts no more workers, lets those there are finish, and ends.
    public func stop() {
        isStopping.withLock { $0 = true }
        supervisor.withLock { $0 }?.stop()
    }

    /// Lets the workers give everything back and end.
    public func hurry() {
        isStopping.withLock { $0 = true }
        supervisor.withLock { $0 }?.hurry()
    }

    /// Lets the workers finish: a newer version of the program takes over.
    private func end(for error: ArchiveError) {
        let isNew = failure.withLock { failure in
            defer { failure = failure ?? error }
            return failure == nil
        }
        guard isNew else { return }
        tell("\(error); the workers finish what is in flight")
        stop()
    }

    /// Over one connection for the cards and for the workers.
    private func hear(_ nudge: Nudge, _ supervisor: Supervisor) async {
        let events = PostgresListener(settings.database).notifications(on: "headcount_cards", WorkNotice.channel)
        for await event in events {
            switch event {
            case .listening:
                // Whatever was notified before is to be looked at.
                nudge.nudge()
                supervisor.pass(.work)
            case .received(WorkNotice.channel, let payload): supervisor.pass(WorkNotice(payload: payload))
            case .received(_, let host): if host == settings.host.name { nudge.nudge() }
            case .interrupted: break
            }
        }
    }

    private func look(for keeper: HostKeeper, _ supervisor: Supervisor) async throws {
        while true {
            let findings = await settings.inventory.look()
            keeper.found(findings)
            for (name, health) in findings.health { supervisor.probed(health, ofCard: name) }
            try await ContinuousClock().sleep(for: settings.inventoryInterval)
        }
    }
}
