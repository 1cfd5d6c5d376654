/// Which transfer may start next: at most so many to one origin and in all, origins in turn, arrivals in order.
///
/// Done here rather than by libcurl, in whose queue a transfer's timeouts run already. An origin rests between two
/// starts where a rate is set, and after it said that it has enough: for as long as it asked, else longer every time.
struct TransferSchedule {
    typealias Instant = ContinuousClock.Instant

    /// What the end of a transfer tells of its origin.
    enum Ending {
        case fine
        /// Nothing: it was ended here, or did not come to an answer.
        case unknown
        /// The server has enough, or is down; `asked` is what it wished to be left alone for.
        case trouble(asked: Duration?)
    }

    private struct Origin {
        var running = 0
        var waiting: [UInt64] = []
        /// By the rate.
        var pausesUntil: Instant?
        /// Because it has enough.
        var restsUntil: Instant?
        /// Rests in a row.
        var troubles = 0
        /// When the last of them began.
        var troubledAt: Instant?

        var startsAt: Instant? { [pausesUntil, restsUntil].compactMap { $0 }.max() }
    }

    /// Rests after troubles in a row double from the first to the second.
    static let rests = (first: Duration.seconds(1), longest: Duration.seconds(60))
    /// Origins that are kept in mind though nothing is under way to them.
    static let remembered = 1000

    private let perOrigin: Int
    private let total: Int
    private let interval: Duration
    private var running = 0
    private var origins: [String: Origin] = [:]
    /// When some of them are to be forgotten: so many that each costs little.
    private var mostOrigins = 2 * Self.remembered
    /// The origins with waiting transfers; the one served longest ago is first.
    private var turns: [String] = []

    /// - Parameter interval: time between two starts to one origin.
    init(perOrigin: Int, total: Int, interval: Duration = .zero) {
        self.perOrigin = perOrigin
        self.total = total
        self.interval = interval
    }

    /// Queues a transfer.
    mutating func add(_ id: UInt64, origin: String) {
        if origins[origin, default: Origin()].waiting.isEmpty { turns.append(origin) }
        origins[origin, default: Origin()].waiting.append(id)
    }

    /// The next transfer to start, counted as running from here on; `nil` where every place is taken, every origin
    /// rests or none waits.
    mutating func next(at now: Instant = .now) -> UInt64? {
        guard running < total, let turn = turns.firstIndex(where: { mayStart($0, at: now) }) else { return nil }
        let origin = turns.remove(at: turn)
        guard let id = origins[origin]?.waiting.removeFirst() else { return nil }
        running += 1
        origins[origin]?.running += 1
        if interval > .zero { origins[origin]?.pausesUntil = now + interval }
        if origins[origin]?.waiting.isEmpty == false { turns.append(origin) }
        return id
    }

    /// When an origin that rests may be asked for what waits; `nil` where none rests.
    func nextStart(after now: Instant) -> Instant? {
        turns.compactMap { origins[$0]?.startsAt }.filter { $0 > now }.min()
    }

    /// How long an origin still rests because it has enough; `nil` where it does not.
    func rest(of origin: String, at now: Instant) -> Duration? {
        origins[origin]?.restsUntil.flatMap { $0 > now ? now.duration(to: $0) : nil }
    }

    /// Gives back the place of a transfer that ran, and notes what its end tells of the origin.
    /// - Parameters:
    ///   - startedAt: when the transfer was; at its end where that is not known.
    ///   - spread: varies a rest that the server did not ask for, so that many workers do not come back at once.
    mutating func finish(
        origin: String, _ ending: Ending = .fine, startedAt: Instant? = nil, at now: Instant = .now, spread: Double = 1
    ) {
        running -= 1
        origins[origin]?.running -= 1
        note(ending, of: origin, startedAt: startedAt, at: now, spread: spread)
        forgetWhatIsIdle(origin, at: now)
    }

    /// Notes what the end of a transfer tells of an origin, be it the one that a redirect led to.
    mutating func note(
        _ ending: Ending, of name: String, startedAt: Instant? = nil, at now: Instant, spread: Double = 1
    ) {
        var origin = origins[name] ?? Origin()
        // What was under way when the last rest began tells nothing new: of all of it one rest comes.
        let isNews = origin.troubledAt.map { startedAt ?? now >= $0 } ?? true
        switch ending {
        case .unknown:
            return
        case .fine:
            guard isNews, origins[name] != nil else { return }
            (origin.troubles, origin.troubledAt) = (0, nil)
        case .trouble(let asked):
            var rest = asked
            if isNews {
                rest = rest ?? min(Self.rests.first * (1 << min(origin.troubles, 6)), Self.rests.longest) * spread
                (origin.troubles, origin.troubledAt) = (min(origin.troubles + 1, 16), now)
            }
            if let rest { origin.restsUntil = max(origin.restsUntil ?? now, now + rest) }
        }
        origins[name] = origin
        forgetSome(at: now)
    }

    /// Takes a transfer out of the queue.
    mutating func withdraw(_ id: UInt64, origin: String) {
        origins[origin]?.waiting.removeAll { $0 == id }
        if origins[origin]?.waiting.isEmpty == true { turns.removeAll { $0 == origin } }
        forgetWhatIsIdle(origin, at: .now)
    }

    /// Takes everything that waits for an origin out of the queue.
    mutating func withdrawAll(origin: String) -> [UInt64] {
        turns.removeAll { $0 == origin }
        defer { origins[origin]?.waiting = [] }
        return origins[origin]?.waiting ?? []
    }

    private func mayStart(_ name: String, at now: Instant) -> Bool {
        guard let origin = origins[name], origin.running < perOrigin else { return false }
        return origin.startsAt.map { $0 <= now } ?? true
    }

    private mutating func forgetWhatIsIdle(_ name: String, at now: Instant) {
        guard let origin = origins[name], origin.running == 0, origin.waiting.isEmpty else { return }
        // What an origin said of itself is kept for its next transfer.
        if origin.startsAt == nil && origin.troubles == 0 { origins[name] = nil }
        forgetSome(at: now)
    }

    /// Not of origins without number: of those that nothing is under way to, the ones that rest the longest are kept.
    private mutating func forgetSome(at now: Instant) {
        guard origins.count > mostOrigins else { return }
        let idle = origins.filter { $0.value.running == 0 && $0.value.waiting.isEmpty }
            .map { (name: $0.key, startsAt: $0.value.startsAt ?? now) }.sorted { $0.startsAt > $1.startsAt }
        for entry in idle.dropFirst(Self.remembered) { origins[entry.name] = nil }
        mostOrigins = max(2 * Self.remembered, 2 * origins.count)
    }

    /// Origins that are known at the moment.
    var originsKnown: Int { origins.count }
}
