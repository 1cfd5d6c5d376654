/// How long launches take, learnt as they are made, and the plan that follows from it.
struct BatchTimes {
    /// A launch of four against one of a single tile, before either was measured: 0.27 s against a quarter of 0.51 s on
    /// the card of the contest.
    static let fourToOne = 0.27 / (0.51 / 4)
    /// Weight of the newest time: a change of clock shows after a few launches, an odd one does not last.
    private static let weight = 0.2

    /// Lanes of the launches there are, ascending.
    let sizes: [Int]
    private var seconds: [Int: Double] = [:]

    init(sizes: [Int]) {
        self.sizes = sizes
    }

    mutating func record(_ duration: Duration, size: Int) {
        let (whole, fraction) = duration.components
        let latest = Double(whole) + Double(fraction) * 1e-18
        seconds[size] = seconds[size].map { $0 + (latest - $0) * Self.weight } ?? latest
    }

    func plan(tiles: Int) -> BatchPlan {
        BatchPlan(tiles: tiles, sizes: sizes, cost: cost(of:))
    }

    /// Seconds of a launch: measured, or judged by the other size.
    private func cost(of size: Int) -> Double {
        if let measured = seconds[size] { return measured }
        let single = seconds[1] ?? seconds[4].map { $0 / Self.fourToOne } ?? 1
        return size == 1 ? single : single * Self.fourToOne
    }
}
