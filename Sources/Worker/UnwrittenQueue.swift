/// What the ledger gave out to be written and somebody's locks keep from it. A pure value.
///
/// Where one shard of a run is locked the others are likely to be, and each costs a wait: what is new of such a run comes
/// behind, and is tried in turn.
struct UnwrittenQueue {
    private var all: [Unwritten] = []

    var isEmpty: Bool { all.isEmpty }
    /// Results among it.
    var images: Int { all.reduce(0) { $0 + $1.images } }
    /// Runs of which something waits.
    var runs: Set<Int> { Set(all.map(\.run)) }

    /// What is to be tried next.
    var first: Unwritten? { all.first }

    /// True where something of the run waits.
    func holds(run: Int) -> Bool { all.contains { $0.run == run } }

    /// Takes in what is new of runs of which something waits.
    /// - Returns: the rest, to be written now.
    mutating func add(_ new: [Unwritten]) -> [Unwritten] {
        let held = runs
        all += new.filter { held.contains($0.run) }
        return new.filter { !held.contains($0.run) }
    }

    mutating func keep(_ unwritten: Unwritten) { all.append(unwritten) }

    mutating func removeFirst() { all.removeFirst() }

    /// The first is locked still, and with it all that is of its shard: it comes behind the others of its run, and its run
    /// behind the other runs.
    mutating func postponeFirst(as tried: Unwritten) {
        all[0] = tried
        let ofRun = all.filter { $0.run == tried.run }
        all.removeAll { $0.run == tried.run }
        all += ofRun.filter { $0.lease != tried.lease } + ofRun.filter { $0.lease == tried.lease }
    }
}
