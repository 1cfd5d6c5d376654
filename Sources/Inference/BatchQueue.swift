import Density

/// Which tiles go into the next launch: the tiles of many pictures, first come, first served.
///
/// A pure value: no task, no engine, the time is handed in. A tile is *waiting*, then *launched*, and leaves with its
/// launch; tiles of a picture that is withdrawn leave at once where they wait. A launch that is short of tiles is put
/// off while it can cost nothing (the device is busy) or a moment longer.
struct BatchQueue {
    typealias Instant = ContinuousClock.Instant

    /// A tile and the place its density map goes to.
    struct Entry: Sendable {
        let picture: UInt64
        let index: Int
        let tile: Tile
        let arrival: Instant
    }

    /// What is to be done.
    enum Step {
        case launch([Entry])
        /// A short launch is due then, unless something comes before.
        case wait(until: Instant)
        /// Something must come, or end, first.
        case rest
    }

    /// How much longer a short launch waits for pictures that are on their way than it does for nothing in particular.
    static let patience = 20

    let lanes: Int
    let launchesAtOnce: Int
    let linger: Duration

    /// Pictures of which tiles will come soon.
    var coming = 0
    private(set) var running = 0
    private var waiting: [Entry] = []

    /// - Parameters:
    ///   - lanes: tiles of a full launch.
    ///   - launchesAtOnce: launches that keep the device busy without a gap between them.
    ///   - linger: how long a tile waits for others.
    init(lanes: Int, launchesAtOnce: Int, linger: Duration) {
        self.lanes = max(1, lanes)
        self.launchesAtOnce = max(1, launchesAtOnce)
        self.linger = linger
    }

    /// Tiles that wait.
    var count: Int { waiting.count }

    mutating func add(_ tiles: [Tile], of picture: UInt64, at now: Instant) {
        for (index, tile) in tiles.enumerated() {
            waiting.append(Entry(picture: picture, index: index, tile: tile, arrival: now))
        }
    }

    mutating func withdraw(_ picture: UInt64) {
        waiting.removeAll { $0.picture == picture }
    }

    /// What to do now; a launch counts as running from here on.
    mutating func next(at now: Instant) -> Step {
        guard running < launchesAtOnce, let oldest = waiting.first else { return .rest }
        if waiting.count < lanes {
            // While the device is busy a short launch would only take the place of a full one.
            guard running == 0 else { return .rest }
            let due = oldest.arrival + (coming > 0 ? linger * Self.patience : linger)
            guard now >= due else { return .wait(until: due) }
        }
        let entries = Array(waiting.prefix(lanes))
        waiting.removeFirst(entries.count)
        running += 1
        return .launch(entries)
    }

    /// A launch ended.
    mutating func finish() {
        running -= 1
    }
}
