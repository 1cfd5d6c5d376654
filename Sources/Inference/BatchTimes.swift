/// How long launches take, learnt as they are made, and the plan that follows from it.
///
/// A size of which nothing is known, or nothing recent, counts as costless, so that the next incomplete batch tries it.
struct BatchTimes {
    private struct Measure {
        var seconds: Double
        /// Launches of the other size since.
        var age = 0
    }

    /// Weight of the newest time: a change of clock shows after a few launches, an odd one does not last.
    private static let weight = 0.2
    /// Launches of the other size after which a time is measured anew. Three single launches for a padded one, at worst,
    /// are lost in so many.
    static let longestAge = 1000

    /// Lanes of the launches there are, ascending.
    let sizes: [Int]
    private var measures: [Int: Measure] = [:]
    /// Sizes that were launched. A first launch takes longer than those that follow, so its time is left out.
    private var launched: Set<Int> = []

    init(sizes: [Int]) {
        self.sizes = sizes
    }

    mutating func record(_ duration: Duration, size: Int) {
        for other in sizes where other != size { measures[other]?.age += 1 }
        guard !launched.insert(size).inserted else { return }
        let latest = duration / .seconds(1)
        let known = recent(size)
        measures[size] = Measure(seconds: known.map { $0 + (latest - $0) * Self.weight } ?? latest)
    }

    func plan(tiles: Int) -> BatchPlan {
        BatchPlan(tiles: tiles, sizes: sizes) { recent($0) ?? 0 }
    }

    private func recent(_ size: Int) -> Double? {
        measures[size].flatMap { $0.age < Self.longestAge ? $0.seconds : nil }
    }
}
