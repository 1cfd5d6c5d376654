import Archive
import Concurrency
import Glibc
import Supervision
import Telemetry

/// Runs the workers of one host as `SupervisorState` decides.
///
/// One task looks after all of them, a few times a second: it hears what they tell, sees which ended, starts, stops and
/// kills. What is to be written to the database it leaves to others, so that no wait for the database delays it.
final class Supervisor: Sendable {
    /// What is to be written.
    enum Deed: Sendable {
        /// Give back what the process held.
        case release(Int32)
        /// Keep the card out of work.
        case quarantine(card: Int, reason: String)
    }

    /// Time between two looks.
    static let interval: Duration = .milliseconds(250)

    private struct Shared {
        var state: SupervisorState
        var deeds: [Deed] = []
        /// What the workers are to be told.
        var notices: Set<WorkNotice> = []
        /// What the workers that run told of their metrics.
        var totals: [Int32: MetricTotals] = [:]
        var isStopping = false

        mutating func takeNotices() -> Set<WorkNotice> {
            defer { notices = [] }
            return notices
        }
    }

    private let program: WorkerProgram
    private let host: String
    private let mark: String
    private let metrics: Metrics
    private let tell: @Sendable (String) -> Void
    private let onDeed: @Sendable () -> Void
    private let shared: Locked<Shared>
    private let nudge = Nudge()
    private let clock = ContinuousClock()

    /// - Parameters:
    ///   - metrics: grow by what the workers tell of theirs.
    ///   - tell: takes a line for people.
    ///   - onDeed: called where there is something to be written.
    init(
        program: WorkerProgram, host: String, mark: String, limits: SupervisorState.Limits, metrics: Metrics,
        tell: @escaping @Sendable (String) -> Void, onDeed: @escaping @Sendable () -> Void
    ) {
        self.program = program
        self.host = host
        self.mark = mark
        self.metrics = metrics
        self.tell = tell
        self.onDeed = onDeed
        shared = Locked(Shared(state: SupervisorState(limits: limits, at: clock.now)))
    }

    /// Looks after the workers until `stop()` was called and all of them have ended.
    ///
    /// Cancelling ends them at once.
    func run() async {
        var children: [Int32: ChildProcess] = [:]
        while true {
            var actions = listen(to: &children)
            actions += shared.withLock { $0.state.tick(at: clock.now) }
            for action in actions { perform(action, &children) }
            for notice in shared.withLock({ $0.takeNotices() }) {
                for child in children.values { child.send(Array(notice.rawValue.utf8)) }
            }
            if shared.withLock({ $0.isStopping && $0.state.isEmpty }) { return }
            do {
                try await nudge.wait(atMost: Self.interval)
            } catch {
                for child in children.values { child.signal(SIGKILL) }
                return
            }
        }
    }

    /// Changes the state from another task.
    func change(_ body: (inout SupervisorState) -> Void) {
        shared.withLock { body(&$0.state) }
        nudge.nudge()
    }

    /// What the table of cards says now.
    func want(_ cards: [CardRecord], condemned: Set<Int>) {
        let actions = shared.withLock { $0.state.want(cards, condemned: condemned) }
        for action in actions { note(action) }
        nudge.nudge()
    }

    /// Passes on to every worker what the queue notified: none of them listens itself.
    func pass(_ notice: WorkNotice) {
        _ = shared.withLock { $0.notices.insert(notice) }
        nudge.nudge()
    }

    /// What a card's driver told.
    func probed(_ health: WorkerReport, ofCard name: String) {
        let actions = shared.withLock { $0.state.probed(health, ofCard: name) }
        for action in actions { note(action) }
        nudge.nudge()
    }

    /// Asks every worker to finish; `run()` returns when they have.
    func stop() {
        shared.withLock { shared in
            shared.isStopping = true
            shared.state.stop()
        }
        nudge.nudge()
    }

    /// Asks every worker to give everything back and end.
    func hurry() {
        shared.withLock { shared in
            shared.isStopping = true
            shared.state.stop(atOnce: true)
        }
        nudge.nudge()
    }

    /// What is to be written since the last time this was asked.
    func takeDeeds() -> [Deed] {
        shared.withLock { shared in
            defer { shared.deeds = [] }
            return shared.deeds
        }
    }

    /// Puts back what could not be written.
    func returnDeeds(_ deeds: [Deed]) {
        shared.withLock { $0.deeds = deeds + $0.deeds }
    }

    /// The cards as they are at the moment.
    var overview: [CardOverview] { shared.withLock { $0.state.overview } }

    /// False while the database is away.
    var mayStart: Bool { shared.withLock { $0.state.mayStart } }

    /// What the cards did since the last time this was asked.
    func takeSamples() -> [CardSample] {
        shared.withLock { $0.state.takeSamples(at: clock.now) }
    }

    private func listen(to children: inout [Int32: ChildProcess]) -> [SupervisorState.Action] {
        var actions: [SupervisorState.Action] = []
        for (process, child) in children {
            // Asked first: what it said before its end is read after.
            let ending = child.ending()
            while let message = child.message() {
                // A message that is not understood comes from a broken process; its silence will tell.
                guard let report = try? WorkerReport(message: message) else { continue }
                let before = shared.withLock { $0.totals.updateValue(report.totals, forKey: process) }
                metrics.add(report.totals, since: before ?? MetricTotals())
                actions += shared.withLock { $0.state.heard(report, from: process, at: clock.now) }
            }
            guard let ending else { continue }
            children[process] = nil
            shared.withLock { $0.totals[process] = nil }
            actions += shared.withLock { $0.state.ended(process, ending, at: clock.now) }
        }
        return actions
    }

    private func perform(_ action: SupervisorState.Action, _ children: inout [Int32: ChildProcess]) {
        switch action {
        case .start(let card): start(card, &children)
        case .stop(let process): children[process]?.signal(SIGTERM)
        case .cancel(let process):
            // A worker takes its first signal as a wish to finish, whichever it is, and its second as one to end.
            children[process]?.signal(SIGTERM)
            children[process]?.signal(SIGINT)
        case .kill(let process): children[process]?.signal(SIGKILL)
        case .release, .quarantine, .tell: note(action)
        }
    }

    private func start(_ card: CardRecord, _ children: inout [Int32: ChildProcess]) {
        do throws(SupervisionError) {
            let crowd = shared.withLock { $0.state.crowd }
            let child = try ChildProcess.start(program.launch(on: card, among: crowd, host: host, mark: mark))
            children[child.id] = child
            shared.withLock { $0.state.started(child.id, on: card.id, at: clock.now) }
        } catch {
            let actions = shared.withLock {
                $0.state.startFailed(on: card.id, reason: error.description, at: clock.now)
            }
            for action in actions { note(action) }
        }
    }

    private func note(_ action: SupervisorState.Action) {
        switch action {
        case .release(let process):
            shared.withLock { $0.deeds.append(.release(process)) }
            onDeed()
        case .quarantine(let card, let reason):
            tell("\(card.name) is kept out of work: \(reason)\(Self.advice(on: card))")
            shared.withLock { $0.deeds.append(.quarantine(card: card.id, reason: reason)) }
            onDeed()
        case .tell(let line): tell(line)
        case .start, .stop, .cancel, .kill: break
        }
    }

    /// A board is never reset by itself: its other chips may be at work.
    static func advice(on card: CardRecord) -> String {
        guard card.engine == "bm1684" else { return "" }
        return card.resetWith.isEmpty
            ? "; a reset of its board would take down nothing else"
            : "; a reset of its board would take down \(card.resetWith.joined(separator: ", ")) too"
    }
}
