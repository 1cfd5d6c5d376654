import Inference
import Supervision

/// Judges from what its workers and its driver tell whether a card is well.
///
/// Its speed is compared with its own past, per network, and only over times in which it had full batches to compute:
/// one that is fed slowly is not slow.
struct CardJudge {
    /// Where a card is too hot, in degrees Celsius: above where the driver slows it down, below where the board
    /// switches off.
    static let hottest = 100
    /// Reports in a row that must say so.
    static let hotReports = 3
    /// Time at work over which a speed is taken.
    static let window = 10_000  // milliseconds
    /// A card below this share of its best speed is far below.
    static let slowShare = 0.3
    /// Windows in a row that must be.
    static let slowWindows = 3

    fileprivate struct Speed {
        var tiles = 0
        var milliseconds = 0
        var best = 0.0
        var slowInARow = 0
    }

    private var hotInARow = 0
    private var speeds: [String: Speed] = [:]

    /// Nothing known yet.
    init() {}

    /// - Parameters:
    ///   - tiles: computed since the last report in times of full batches.
    ///   - milliseconds: the length of these times.
    ///   - workers: that share the card: each may be given no more than its part.
    /// - Returns: why the card is to be kept out of work; `nil` where it is well.
    mutating func judge(
        _ report: WorkerReport, fullTiles tiles: Int = 0, fullMilliseconds milliseconds: Int = 0, workers: Int = 1
    ) -> String? {
        if let bits = report.troubles, let reason = Self.words(for: CardHealth.Troubles(rawValue: bits)) {
            return reason
        }
        if let celsius = report.chipCelsius {
            hotInARow = celsius >= Self.hottest ? hotInARow + 1 : 0
            if hotInARow >= Self.hotReports { return "too hot: \(celsius) C" }
        }
        guard let network = report.network else { return nil }
        return speeds[network, default: Speed()].add(tiles: tiles, milliseconds: milliseconds, workers: workers)
    }

    /// The driver's words for what troubles a card; `nil` for none.
    static func words(for troubles: CardHealth.Troubles) -> String? {
        let words = [
            troubles.contains(.hang) ? "the driver says that it hangs" : nil,
            troubles.contains(.link) ? "the driver says that its link is down" : nil,
            troubles.contains(.overTemperature) ? "the driver says that it is too hot" : nil,
        ].compactMap { $0 }
        return words.isEmpty ? nil : words.joined(separator: ", ")
    }
}

extension CardJudge.Speed {
    mutating func add(tiles: Int, milliseconds: Int, workers: Int) -> String? {
        self.tiles += tiles
        self.milliseconds += milliseconds
        guard self.milliseconds >= CardJudge.window else { return nil }
        let speed = Double(self.tiles) * 1000 / Double(self.milliseconds)
        (self.tiles, self.milliseconds) = (0, 0)
        slowInARow = speed < best * CardJudge.slowShare / Double(max(1, workers)) ? slowInARow + 1 : 0
        best = max(best, speed)
        guard slowInARow >= CardJudge.slowWindows else { return nil }
        return "far below its own past: \(Int(speed.rounded())) tiles/s, it did \(Int(best.rounded()))"
    }
}
