/// Images per second of a worker, over the last seconds in which it had some.
///
/// A pure value that is told when an image is begun and when it ends. The time up to the end of the first image is left
/// out: then a network is loaded.
struct CountingRate: Sendable {
    /// What is remembered: so many seconds, or so many images where these took longer.
    private static let memory = (seconds: 10.0, images: 8.0)
    /// Least images and least seconds to go by.
    private static let least = (images: 4, seconds: 0.25)

    private var inFlight = 0
    private var changedAt: ContinuousClock.Instant?
    private var ended = 0
    private var images = 0.0
    private var seconds = 0.0

    /// `nil` where there is too little to go by.
    var value: Double? {
        ended > Self.least.images && seconds >= Self.least.seconds ? images / seconds : nil
    }

    mutating func start(at now: ContinuousClock.Instant) {
        advance(to: now)
        inFlight += 1
    }

    /// - Parameter isDone: false where the image was given up.
    mutating func end(isDone: Bool, at now: ContinuousClock.Instant) {
        advance(to: now)
        inFlight -= 1
        guard isDone else { return }
        if ended > 0 { images += 1 }
        ended += 1
        let most = max(Self.memory.seconds, Self.memory.images * seconds / max(images, 1))
        guard seconds > most else { return }
        images *= most / seconds
        seconds = most
    }

    private mutating func advance(to now: ContinuousClock.Instant) {
        defer { changedAt = now }
        guard let changedAt, inFlight > 0, ended > 0 else { return }
        seconds += changedAt.duration(to: now) / .seconds(1)
    }
}
