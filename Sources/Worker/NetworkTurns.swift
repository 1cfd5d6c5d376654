/// Which networks are open on a device that bears only so many at once, and who may use them.
///
/// A pure value: no task, no engine, the time is handed in. An image is *coming* from its start, *waiting* once it needs
/// its network, *using* it when it was let in, and leaves from any of these. Where nobody waits for another network all
/// are let in at once. Where somebody does and the device has no place left, a network makes room: one that nobody uses
/// and nobody comes for, else the one whose turn ended first. Images of that one which started from then on stand behind
/// those that wait, so that its users end and its place comes free. A network that was loaded has a turn in proportion to
/// what loading it took, and takes in at once all that waited for it: loading stays a small part of the time, and nobody
/// waits for longer than one turn of each network before.
struct NetworkTurns {
    typealias Instant = ContinuousClock.Instant

    /// What is to be done, in this order.
    enum Step: Equatable {
        /// Nobody uses the network, and another needs its place.
        case close(String)
        /// Load the network.
        case open(String)
        /// The image may use its network, which is open or being opened.
        case admit(Int, to: String)
    }

    /// How many times the time of its loading a network's turn lasts: a sixth of the time is lost to loading at most.
    static let share = 5.0
    /// However long loading took, others come to their turn within this.
    static let longestTurn: Duration = .seconds(30)
    /// How long a place stays empty for those who come: a server may keep them for long.
    static let patience: Duration = .seconds(1)

    private struct Place {
        var users = 0
        /// When it was last given to somebody, in numbers that grow.
        var lastUse: Int
        /// `nil` while it is loaded.
        var turnEnds: Instant?
        /// Since when nobody uses it; `nil` while it is loaded.
        var idleSince: Instant?
    }

    private struct Image {
        let network: String
        let startedAt: Int
        var isUsing = false
    }

    private struct Waiting {
        let image: Int
        let network: String
        let startedAt: Int
        let askedAt: Int
    }

    private let limit: Int
    private let leastTurn: Duration
    private var places: [String: Place] = [:]
    /// All but those that wait.
    private var images: [Int: Image] = [:]
    private var waiting: [Waiting] = []
    /// Grows with everything that happens.
    private var now = 0

    /// - Parameters:
    ///   - limit: networks that the device bears at once.
    ///   - leastTurn: of a network that is loaded in no time.
    init(limit: Int, leastTurn: Duration) {
        self.limit = max(1, limit)
        self.leastTurn = leastTurn
    }

    /// An image starts that will need a network. Where there is place that is opened ahead.
    mutating func start(_ image: Int, for network: String) -> [Step] {
        now += 1
        images[image] = Image(network: network, startedAt: now)
        guard waiting.isEmpty, places[network] == nil, places.count < limit else { return [] }
        places[network] = Place(lastUse: now)
        return [.open(network)]
    }

    /// The image needs its network now.
    mutating func ask(_ image: Int) {
        now += 1
        guard let coming = images.removeValue(forKey: image) else { return }
        waiting.append(
            Waiting(image: image, network: coming.network, startedAt: coming.startedAt, askedAt: now))
    }

    /// The image has no more use for its network, or will never have.
    mutating func end(_ image: Int, at time: Instant) {
        waiting.removeAll { $0.image == image }
        guard let ended = images.removeValue(forKey: image), ended.isUsing, var place = places[ended.network] else {
            return
        }
        place.users -= 1
        // One that is still loading is not idle: whoever comes for it would load it anew.
        if place.users == 0 && place.turnEnds != nil { place.idleSince = time }
        places[ended.network] = place
    }

    /// The network is open: its turn begins.
    /// - Parameter took: the time of loading it.
    mutating func loaded(_ network: String, took: Duration, at time: Instant) {
        guard var place = places[network] else { return }
        place.turnEnds = time + min(max(took * Self.share, leastTurn), Self.longestTurn)
        if place.users == 0 { place.idleSince = time }
        places[network] = place
    }

    /// The network could not be loaded. Those let in to it find that themselves.
    mutating func forget(_ network: String) {
        places[network] = nil
        for (image, user) in images where user.network == network && user.isUsing { images[image] = nil }
    }

    /// What is to be done now. Asked after each of the others, and when `nextLook` says so.
    mutating func next(at time: Instant) -> [Step] {
        var steps: [Step] = []
        while let first = waiting.first {
            if places[first.network] == nil {
                if places.count >= limit {
                    guard let idle = idle(before: first, at: time) else { break }
                    places[idle] = nil
                    steps.append(.close(idle))
                }
                places[first.network] = Place(lastUse: now)
                steps.append(.open(first.network))
            }
            steps += admit { $0.network == first.network }
        }
        guard let first = waiting.first else { return steps }
        let open = Set(places.keys)
        let leaving = leaving(at: time)
        return steps
            + admit { open.contains($0.network) && ($0.network != leaving || $0.startedAt < first.askedAt) }
    }

    /// When a place that is kept for those who come is not kept any longer; `nil` where there is none.
    func nextLook() -> Instant? {
        guard !waiting.isEmpty else { return nil }
        return places.values.compactMap { $0.users == 0 ? $0.idleSince : nil }.min().map { $0 + Self.patience }
    }

    /// The network that nobody uses, and nobody comes for who was there before `first` asked; that was asked for longest
    /// ago.
    private func idle(before first: Waiting, at time: Instant) -> String? {
        let wanted = Set(images.values.filter { !$0.isUsing && $0.startedAt < first.askedAt }.map(\.network))
        let idle = places.filter { entry in
            let isKept =
                wanted.contains(entry.key) && entry.value.idleSince.map { time < $0 + Self.patience } ?? true
            return entry.value.users == 0 && !isKept
        }
        return idle.min { $0.value.lastUse < $1.value.lastUse }?.key
    }

    /// The network that makes room for the first who waits, as soon as its users have ended.
    private func leaving(at time: Instant) -> String? {
        let over = places.compactMap { entry in entry.value.turnEnds.map { (network: entry.key, at: $0) } }
        return over.filter { $0.at <= time }.min { ($0.at, $0.network) < ($1.at, $1.network) }?.network
    }

    private mutating func admit(_ isAdmitted: (Waiting) -> Bool) -> [Step] {
        let admitted = waiting.filter(isAdmitted)
        waiting.removeAll(where: isAdmitted)
        for image in admitted {
            now += 1
            images[image.image] = Image(network: image.network, startedAt: image.startedAt, isUsing: true)
            places[image.network]?.users += 1
            places[image.network]?.lastUse = now
            places[image.network]?.idleSince = nil
        }
        return admitted.map { .admit($0.image, to: $0.network) }
    }
}
