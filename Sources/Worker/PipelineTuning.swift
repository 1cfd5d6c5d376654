/// How many images are in each step at once, from how long the steps take.
///
/// The device sets the pace: by Little's law, as many are fetched at once as arrive at its pace within the time of one
/// fetch, and the same for decoding. Twice that is allowed, since times vary.
struct PipelineTuning: Sendable {
    /// Images at once, in all and in two of the steps.
    struct Widths: Sendable, Hashable {
        /// Anywhere between fetching and their count.
        var images: Int
        var fetches: Int
        var decodes: Int
        /// Decoded for one network, or being decoded, and not yet counted.
        var decoded: Int
    }

    /// Mean times of the last images, in seconds; `nil` before the first.
    struct Measured: Sendable {
        var fetch: Double?
        var decode: Double?
        /// Images a second that the device can count.
        var capacity: Double?
        /// Images that fill a launch, by the mean number of tiles.
        var launch: Double?
        /// Images that fill a launch, the mean over images: where most have few tiles and some many, more than `launch`.
        var filling: Double?
        /// Launches that keep the device busy.
        var launchesAtOnce: Int?
    }

    /// Before anything is measured.
    static let firstFetches = 8
    static let fetches = 4...64
    /// Images ready for the device, before anything is measured and at most: half a second of its work. As they were
    /// fetched, for the most part: `Widths.decoded` says how many have their pixels in memory.
    static let ready = 8...256
    /// Launches that images are ready for, at least: what is under way can hardly be left to others.
    static let launches = 3.0

    let cores: Int
    /// What people set themselves; the rest follows from it.
    let images: Int?
    let fetches: Int?
    let decodes: Int?

    init(_ settings: WorkerSettings) {
        cores = settings.cores
        images = settings.imagesInFlight
        fetches = settings.fetchesInFlight
        decodes = settings.decodesInFlight
    }

    func widths(for measured: Measured) -> Widths {
        let capacity = measured.capacity ?? 0
        var widths = Widths(images: 0, fetches: Self.firstFetches, decodes: cores, decoded: 0)
        if let fetch = measured.fetch, capacity > 0 {
            widths.fetches = Self.bounded(2 * fetch * capacity + 2, Self.fetches)
        }
        if let decode = measured.decode, capacity > 0 {
            widths.decodes = Self.bounded(2 * decode * capacity + 1, 1...cores)
        }
        widths.fetches = fetches ?? widths.fetches
        widths.decodes = decodes ?? widths.decodes
        widths.images = images ?? underWay(measured, widths) + ready(measured)
        widths.decoded = widths.decodes + readyDecoded(measured)
        return widths
    }

    /// Images on their way to the device: never more than fit the two steps.
    private func underWay(_ measured: Measured, _ widths: Widths) -> Int {
        let most = widths.fetches + widths.decodes
        guard let fetch = measured.fetch, let decode = measured.decode, let capacity = measured.capacity else {
            return most
        }
        return min(most, Self.bounded(2 * (fetch + decode) * capacity + 2, 2...max(2, most)))
    }

    private func ready(_ measured: Measured) -> Int {
        guard let capacity = measured.capacity, let launch = measured.launch else { return Self.ready.lowerBound }
        return Self.bounded(max(capacity / 2, Self.launches * launch), 1...Self.ready.upperBound)
    }

    /// One launch more than the device bears at once; a device of many streams bears many.
    private func readyDecoded(_ measured: Measured) -> Int {
        guard let filling = measured.filling else { return Self.ready.lowerBound }
        let launches = max(Self.launches, Double(measured.launchesAtOnce ?? 0) + 1)
        return Int((launches * filling).rounded(.up))
    }

    private static func bounded(_ number: Double, _ range: ClosedRange<Int>) -> Int {
        Int(min(max(number.rounded(.up), Double(range.lowerBound)), Double(range.upperBound)))
    }
}

/// A mean whose memory reaches back over about the last 64 values.
struct FadingMean: Sendable {
    private(set) var value: Double?
    private var count = 0.0

    mutating func add(_ next: Double) {
        count = min(count + 1, 64)
        value = (value ?? next) + (next - (value ?? next)) / count
    }
}
