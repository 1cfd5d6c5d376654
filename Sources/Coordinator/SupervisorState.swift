import Archive
import Supervision

/// The workers of one host: what is wanted, what runs, and what is to be done about the difference.
///
/// A pure value: events go in with the time they happened, actions come out and are done outside. A worker is
/// *running*, then *stopping* (asked to finish), then *cancelled* (asked to end at once), then *killed*; it may end in
/// any of these and leaves when it has.
struct SupervisorState {
    /// What is to be done.
    enum Action: Equatable {
        /// Start a worker on the card.
        case start(CardRecord)
        /// Ask a worker to finish what is in flight.
        case stop(Int32)
        /// Ask a worker to give everything back and end.
        case cancel(Int32)
        /// End a process now.
        case kill(Int32)
        /// Give back what a process held that has ended.
        case release(Int32)
        /// Keep a card out of work.
        case quarantine(CardRecord, reason: String)
        /// Tell people.
        case tell(String)
    }

    /// How long what may take.
    struct Limits {
        /// Without a report, before a process is taken for hung.
        var silence: Duration = .seconds(8)
        /// The same before its first: starting a program takes its time where all processors are busy.
        var starting: Duration = .seconds(30)
        /// Without a finished batch while there is one, before a card is taken for hung, per engine. The CPU may be
        /// given tiles for minutes, a simulator too.
        var hang: [String: Duration] = ["bm1684": .seconds(6), "simulated": .seconds(6)]
        /// Between being asked to finish and being cancelled: more than a worker gives itself.
        var finishing: Duration
        /// Between being cancelled and being killed.
        var cancelling: Duration = .seconds(3)

        /// - Parameters:
        ///   - grace: how long a worker gives itself to finish.
        ///   - hangLimit: in place of each engine's own.
        init(grace: Duration = .seconds(30), hangLimit: Duration? = nil) {
            finishing = grace + .seconds(10)
            guard let hangLimit else { return }
            for engine in hang.keys { hang[engine] = hangLimit }
            silence = max(silence, hangLimit)
            starting = max(starting, silence)
        }
    }

    private let limits: Limits
    private var cards: [Int: SupervisedCard] = [:]
    private var workers: [Int32: SupervisedWorker] = [:]
    private var isStopping = false
    private var isHurried = false
    private var sampledAt: ContinuousClock.Instant

    /// True where no worker is left.
    var isEmpty: Bool { workers.isEmpty }
    /// False while the database is away: a worker that started could not work.
    var mayStart = false

    init(limits: Limits = Limits(), at now: ContinuousClock.Instant) {
        self.limits = limits
        sampledAt = now
    }

    // MARK: Events

    /// What the table of cards says now.
    /// - Parameter condemned: cards that this state wanted quarantined, and whose quarantine was written before the table
    ///   was read.
    /// - Returns: what people are to be told of it.
    @discardableResult
    mutating func want(_ records: [CardRecord], condemned: Set<Int> = []) -> [Action] {
        var told: [String] = []
        for record in records {
            guard let card = cards[record.id] else {
                cards[record.id] = SupervisedCard(
                    record: record, sample: CardSample(card: record.id, seconds: 0, workers: 0))
                told.append("\(record.name): \(record.words)")
                continue
            }
            let isOwnDeed = card.isCondemned && record.quarantine != nil
            if record.words != card.record.words, !isOwnDeed { told.append("\(record.name): \(record.words)") }
            let wasQuarantined = card.record.quarantine != nil || condemned.contains(record.id)
            if wasQuarantined && record.quarantine == nil {
                cards[record.id]?.crashes.forgive()
                cards[record.id]?.judge = CardJudge()
                cards[record.id]?.notBefore = nil
            }
            if condemned.contains(record.id) { cards[record.id]?.isCondemned = false }
            cards[record.id]?.record = record
            cards[record.id]?.isGone = false
        }
        let known = Set(records.map(\.id))
        for (id, card) in cards where !known.contains(id) && !card.isGone {
            cards[id]?.isGone = true
            told.append("\(card.record.name): the host has it no more")
        }
        return told.map(Action.tell)
    }

    /// A worker was started.
    mutating func started(_ process: Int32, on card: Int, at now: ContinuousClock.Instant) {
        workers[process] = SupervisedWorker(card: card, startedAt: now, heardAt: now)
    }

    /// A worker could not be started.
    mutating func startFailed(on card: Int, reason: String, at now: ContinuousClock.Instant) -> [Action] {
        ended(on: card, isFault: false, words: reason, at: now)
    }

    /// A worker told of itself.
    mutating func heard(_ report: WorkerReport, from process: Int32, at now: ContinuousClock.Instant) -> [Action] {
        guard var worker = workers[process], let card = cards[worker.card] else { return [] }
        let before = worker.report
        worker.heardAt = now
        worker.report = report
        workers[process] = worker
        cards[worker.card]?.note(report, since: before)
        let sharing = workers.values.count { $0.card == worker.card }
        let judged = cards[worker.card]?.judge.judge(
            report, fullTiles: report.fullTiles - before.fullTiles,
            fullMilliseconds: report.fullMilliseconds - before.fullMilliseconds, workers: sharing)
        if let reason = judged ?? nil { return condemn(worker.card, reason: reason) }
        if case .device(let reason) = report.failure { return condemn(worker.card, reason: reason) }
        if let limit = limits.hang[card.record.engine], worker.isRunning,
            .milliseconds(report.stuckMilliseconds) > limit
        {
            workers[process]?.stage = .killed(isHung: true)
            // Released now: the system may keep a process that was killed in the call of a driver.
            return [.kill(process), .release(process)]
                + condemn(worker.card, reason: "it hangs: a batch did not end in \(limit / .seconds(1)) s")
        }
        return []
    }

    /// A worker's process ended.
    mutating func ended(
        _ process: Int32, _ ending: ChildProcess.Ending, at now: ContinuousClock.Instant
    ) -> [Action] {
        guard let worker = workers.removeValue(forKey: process) else { return [] }
        let release = Action.release(process)
        guard worker.isRunning || worker.isHung, cards[worker.card]?.wanted ?? 0 > 0 else { return [release] }
        if worker.isHung {
            return [release] + ended(on: worker.card, isFault: true, words: "it hung and was killed", at: now)
        }
        if case .database = worker.report.failure {
            return [release] + ended(on: worker.card, isFault: false, words: nil, at: now)
        }
        return [release]
            + ended(
                on: worker.card, isFault: ending.isFault,
                words: worker.report.failure?.reason ?? ending.description, at: now)
    }

    /// Time passed: what is late is hurried on, and what is wanted is made so.
    mutating func tick(at now: ContinuousClock.Instant) -> [Action] {
        var actions: [Action] = []
        for (process, worker) in workers {
            switch worker.stage {
            case .running
            where worker.heardAt.duration(to: now) > (worker.wasHeard ? limits.silence : limits.starting):
                workers[process]?.stage = .killed(isHung: true)
                actions.append(.kill(process))
            case .stopping(let since) where isHurried || since.duration(to: now) > limits.finishing:
                workers[process]?.stage = .cancelled(since: now)
                actions.append(.cancel(process))
            case .cancelled(let since) where since.duration(to: now) > limits.cancelling:
                workers[process]?.stage = .killed(isHung: false)
                actions.append(.kill(process))
            default: break
            }
        }
        for id in cards.keys.sorted() { actions += reconcile(id, at: now) }
        return actions
    }

    /// Every worker is to finish and none to start any more.
    /// - Parameter atOnce: true where they are to give everything back instead, also those that were to finish.
    mutating func stop(atOnce: Bool = false) {
        isStopping = true
        isHurried = isHurried || atOnce
    }

    /// What the cards did since the last time this was asked.
    mutating func takeSamples(at now: ContinuousClock.Instant) -> [CardSample] {
        let seconds = sampledAt.duration(to: now) / .seconds(1)
        sampledAt = now
        return cards.keys.sorted().compactMap { id in
            guard var sample = cards[id]?.sample else { return nil }
            sample.seconds = seconds
            sample.workers = workers.values.count { $0.card == id }
            cards[id]?.sample = CardSample(card: id, seconds: 0, workers: 0)
            return sample
        }
    }

    /// The cards as they are.
    var overview: [CardOverview] {
        cards.values.filter { !$0.isGone }.sorted { $0.record.id < $1.record.id }.map { card in
            CardOverview(
                name: card.record.name, workers: workers.values.count { $0.card == card.record.id },
                desiredWorkers: card.record.desiredWorkers, quarantine: card.record.quarantine, images: card.images,
                tiles: card.tiles, emptyLanes: card.emptyLanes, busyMilliseconds: card.busyMilliseconds,
                crashes: card.endings, readings: card.readings)
        }
    }

    /// What is wanted at the moment.
    var crowd: HostCrowd {
        let wanted = cards.values.map(\.wanted).filter { $0 > 0 }
        return HostCrowd(cards: wanted.count, workers: wanted.reduce(0, +))
    }

    /// What the card's driver told, asked apart from its workers.
    mutating func probed(_ health: WorkerReport, ofCard name: String) -> [Action] {
        guard let id = cards.first(where: { $0.value.record.name == name && $0.value.wanted > 0 })?.key else {
            return []
        }
        cards[id]?.sample.readings.take(health)
        cards[id]?.readings.take(health)
        if let reason = cards[id]?.judge.judge(health) ?? nil { return condemn(id, reason: reason) }
        return []
    }

    // MARK: Decisions

    private mutating func reconcile(_ id: Int, at now: ContinuousClock.Instant) -> [Action] {
        guard let card = cards[id] else { return [] }
        let running = workers.filter { $0.value.card == id && $0.value.isRunning }
        let wanted = isStopping ? 0 : card.wanted
        if running.count > wanted {
            let isAtOnce = isHurried || card.isCondemned || card.record.quarantine != nil
            // The youngest first: it has the least in flight, and the oldest has its models loaded.
            let surplus = running.sorted { ($0.value.startedAt, $0.key) > ($1.value.startedAt, $1.key) }
                .prefix(running.count - wanted)
            return surplus.map { process, _ in
                workers[process]?.stage = isAtOnce ? .cancelled(since: now) : .stopping(since: now)
                return isAtOnce ? .cancel(process) : .stop(process)
            }
        }
        let hung = workers.values.count { $0.card == id && $0.isHung }
        if running.count + hung < wanted, mayStart, card.notBefore.map({ now >= $0 }) ?? true {
            return Array(repeating: .start(card.record), count: wanted - running.count - hung)
        }
        if card.isGone && !workers.values.contains(where: { $0.card == id }) { cards[id] = nil }
        return []
    }

    private mutating func ended(
        on card: Int, isFault: Bool, words: String?, at now: ContinuousClock.Instant
    ) -> [Action] {
        guard let verdict = cards[card]?.crashes.note(isFault: isFault, at: now) else { return [] }
        cards[card]?.endings += 1
        let name = cards[card]?.record.name ?? ""
        let told = words.map { [Action.tell("a worker on \(name) ended: \($0)")] } ?? []
        switch verdict {
        case .restart(let delay):
            cards[card]?.notBefore = now + delay
            return told
        case .quarantine:
            return told
                + condemn(
                    card,
                    reason: "\(CrashLoop.limit) workers ended within a minute, the last so: \(words ?? "unknown")")
        }
    }

    private mutating func condemn(_ id: Int, reason: String) -> [Action] {
        guard let card = cards[id], !card.isCondemned, card.record.quarantine == nil else { return [] }
        cards[id]?.isCondemned = true
        return [.quarantine(card.record, reason: reason)]
    }
}
