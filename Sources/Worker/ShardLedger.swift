import Archive

/// The shards a worker holds, and how far each of their images is.
///
/// A pure value: no clock, no task, no database. An image is *unstarted*, then *running*, then *settled* with a count,
/// a failure, a wait (postponed) or nothing (given up). Settled results are *taken* once, to be written; a shard whose
/// images are all settled is taken as finished and leaves the ledger, but for its lease, until it was written. A shard that
/// is dropped, because its lease is gone, leaves at once and whatever is still running for it is ignored; so are single
/// images that went to another worker.
struct ShardLedger {
    /// One image to count.
    struct Work: Sendable {
        let lease: ShardLease
        let run: Int
        let image: ClaimedShard.Image
    }

    /// How an image ended.
    enum Outcome: Sendable {
        case count(CountResult)
        case failure(FailureResult)
        /// Not tried: it waits in a shard of its own.
        case postponed(PostponedImage)
        /// Not counted and not failed: it goes back to the queue when the shard is finished.
        case givenUp
    }

    /// Results of one shard that are ready to be written.
    struct Record: Sendable {
        let lease: ShardLease
        let run: Int
        /// As they were claimed, those that were counted or failed.
        var images: [Int: ClaimedShard.Image] = [:]
        var counts: [CountResult] = []
        var failures: [FailureResult] = []
        var postponed: [PostponedImage] = []
        var finish = false
        /// True after an attempt to write it that may have succeeded without an answer.
        var mayBeWritten = false
    }

    private struct Entry {
        let run: Int
        /// What it was claimed as.
        let question: ClaimQuestion
        var unstarted: ArraySlice<ClaimedShard.Image>
        /// The last image that was started, where those beyond it are to go back before the shard is finished.
        var lastKept: Int?
        var running: Set<Int> = []
        /// Those that were counted or failed, as they were claimed.
        var images: [Int: ClaimedShard.Image] = [:]
        var counts: [CountResult] = []
        var failures: [FailureResult] = []
        var postponed: [PostponedImage] = []

        var isReady: Bool { isFinished || !counts.isEmpty || !failures.isEmpty || !postponed.isEmpty }
        var isFinished: Bool { unstarted.isEmpty && running.isEmpty }
    }

    private var entries: [ShardLease: Entry] = [:]
    /// Leases in the order they were claimed, urgent ones before what others gave back, and that before the next: images
    /// start in this order.
    private var order: [ShardLease] = []

    /// Leases whose last results were taken and are being written.
    private var writing: Set<ShardLease> = []
    /// Leases of shards that were claimed and are not to be started yet, each with the last image that is its own.
    private var arriving: [ShardLease: Int] = [:]

    /// The leases held, and to be renewed. A finished shard is the worker's until its end is written: a heartbeat that left
    /// it out would give it back, and its last results with it. So is one from when it was claimed.
    var leases: Set<ShardLease> { writing.union(entries.keys).union(arriving.keys) }

    /// Images that were claimed and not started.
    var unstarted: Int { entries.values.reduce(0) { $0 + $1.unstarted.count } }

    /// Images that were claimed as this and not started.
    func unstarted(of question: ClaimQuestion) -> Int {
        entries.values.reduce(0) { $0 + ($1.question == question ? $1.unstarted.count : 0) }
    }

    /// Images that were claimed and not settled.
    var inHand: Int { entries.values.reduce(0) { $0 + $1.unstarted.count + $1.running.count } }

    /// True while the lease is held.
    func holds(_ lease: ShardLease) -> Bool { entries[lease] != nil || arriving[lease] != nil }

    /// True while the image runs and its result would be written.
    func wants(_ work: Work) -> Bool { entries[work.lease]?.running.contains(work.image.number) ?? false }

    /// Shards were claimed that are to be looked into before they are started: `arrived` says that they were.
    mutating func expect(_ shards: [ClaimedShard]) {
        for shard in shards { arriving[shard.lease] = .max }
    }

    /// Adds what is still held of shards that were expected.
    mutating func arrived(_ shards: [ClaimedShard], as question: ClaimQuestion) {
        let held = shards.compactMap { shard -> ClaimedShard? in
            guard let last = arriving.removeValue(forKey: shard.lease) else { return nil }
            var shard = shard
            shard.images.removeAll { $0.number > last }
            return shard.images.isEmpty ? nil : shard
        }
        add(held, as: question)
    }

    /// - Parameter question: what they are the answer to.
    mutating func add(_ shards: [ClaimedShard], as question: ClaimQuestion = .next) {
        for shard in shards {
            entries[shard.lease] = Entry(run: shard.run, question: question, unstarted: shard.images[...])
        }
        let place = order.firstIndex { Self.turn(of: entries[$0]?.question ?? .next) > Self.turn(of: question) }
        order.insert(contentsOf: shards.map(\.lease), at: place ?? order.endIndex)
    }

    /// What comes first has the least.
    private static func turn(of question: ClaimQuestion) -> Int {
        switch question {
        case .urgent: 0
        case .returned: 1
        case .next: 2
        }
    }

    /// Starts the next image, if there is one.
    mutating func start() -> Work? {
        for lease in order {
            guard var entry = entries[lease], let image = entry.unstarted.popFirst() else { continue }
            entry.running.insert(image.number)
            entries[lease] = entry
            return Work(lease: lease, run: entry.run, image: image)
        }
        return nil
    }

    /// - Returns: true where the shard has nothing left to do, so that it can be written at once.
    @discardableResult
    mutating func settle(_ work: Work, _ outcome: Outcome) -> Bool {
        guard var entry = entries[work.lease], entry.running.remove(work.image.number) != nil else { return false }
        switch outcome {
        case .count, .failure: entry.images[work.image.number] = work.image
        case .postponed, .givenUp: break
        }
        switch outcome {
        case .count(let count): entry.counts.append(count)
        case .failure(let failure): entry.failures.append(failure)
        case .postponed(let image): entry.postponed.append(image)
        case .givenUp: break
        }
        entries[work.lease] = entry
        return entry.isFinished
    }

    /// Hands out what is to be written; finished shards leave the ledger.
    mutating func take() -> [Record] {
        var records: [Record] = []
        for lease in order {
            guard var entry = entries[lease], entry.isReady else { continue }
            let finish = entry.isFinished
            records.append(
                Record(
                    lease: lease, run: entry.run, images: entry.images, counts: entry.counts,
                    failures: entry.failures, postponed: entry.postponed, finish: finish))
            entry.images = [:]
            entry.counts = []
            entry.failures = []
            entry.postponed = []
            entries[lease] = finish ? nil : entry
            if finish { writing.insert(lease) }
        }
        order.removeAll { entries[$0] == nil }
        return records
    }

    /// What was taken of a shard was written, or is not to be.
    mutating func wrote(_ lease: ShardLease) { writing.remove(lease) }

    /// Forgets shards whose lease is gone.
    mutating func drop(_ leases: some Sequence<ShardLease>) {
        writing.subtract(leases)
        for lease in leases {
            entries[lease] = nil
            arriving[lease] = nil
        }
        order.removeAll { entries[$0] == nil }
    }

    /// Forgets the images of a shard beyond one: they went to another worker.
    mutating func keep(_ lease: ShardLease, upTo last: Int) {
        if let before = arriving[lease] { arriving[lease] = min(before, last) }
        guard var entry = entries[lease] else { return }
        entry.unstarted.removeAll { $0.number > last }
        entry.running = entry.running.filter { $0 <= last }
        entries[lease] = entry
    }

    /// Gives up what was not started, of one run or of all: it goes back at once.
    mutating func giveUpUnstarted(ofRun run: Int? = nil) {
        for lease in order {
            guard var entry = entries[lease], run == nil || entry.run == run else { continue }
            // What was started comes first in a shard. Where nothing runs the shard is finished, and goes back as a whole.
            if let first = entry.unstarted.first, !entry.running.isEmpty { entry.lastKept = first.number - 1 }
            entry.unstarted = []
            entries[lease] = entry
        }
    }

    /// Hands out, once, which images go back before their shard is finished: those beyond the last.
    mutating func takeGivenUp() -> [(lease: ShardLease, run: Int, last: Int)] {
        var given: [(lease: ShardLease, run: Int, last: Int)] = []
        for lease in order {
            guard let last = entries[lease]?.lastKept.take(), let run = entries[lease]?.run else { continue }
            given.append((lease, run, last))
        }
        return given
    }
}
