/// Which transfer may start next: at most so many to one origin and in all, origins in turn, arrivals in order.
///
/// Done here rather than by libcurl, in whose queue a transfer's timeouts run already.
struct TransferSchedule {
    private struct Origin {
        var running = 0
        var waiting: [UInt64] = []
    }

    private let perOrigin: Int
    private let total: Int
    private var running = 0
    private var origins: [String: Origin] = [:]
    /// The origins with waiting transfers; the one served longest ago is first.
    private var turns: [String] = []

    init(perOrigin: Int, total: Int) {
        self.perOrigin = perOrigin
        self.total = total
    }

    /// Queues a transfer.
    mutating func add(_ id: UInt64, origin: String) {
        if origins[origin, default: Origin()].waiting.isEmpty { turns.append(origin) }
        origins[origin, default: Origin()].waiting.append(id)
    }

    /// The next transfer to start, counted as running from here on; `nil` where every place is taken or none waits.
    mutating func next() -> UInt64? {
        guard running < total,
            let turn = turns.firstIndex(where: { origins[$0].map { $0.running < perOrigin } ?? false })
        else { return nil }
        let origin = turns.remove(at: turn)
        guard let id = origins[origin]?.waiting.removeFirst() else { return nil }
        running += 1
        origins[origin]?.running += 1
        if origins[origin]?.waiting.isEmpty == false { turns.append(origin) }
        return id
    }

    /// Gives back the place of a transfer that ran.
    mutating func finish(origin: String) {
        running -= 1
        origins[origin]?.running -= 1
        forgetIfIdle(origin)
    }

    /// Takes a transfer out of the queue.
    mutating func withdraw(_ id: UInt64, origin: String) {
        origins[origin]?.waiting.removeAll { $0 == id }
        if origins[origin]?.waiting.isEmpty == true { turns.removeAll { $0 == origin } }
        forgetIfIdle(origin)
    }

    private mutating func forgetIfIdle(_ origin: String) {
        guard let state = origins[origin], state.running == 0, state.waiting.isEmpty else { return }
        origins[origin] = nil
    }
}
