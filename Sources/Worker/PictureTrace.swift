import Counting
import Density
import Fetch

/// Where the time of an image goes, noted on its way, should it be a slow one.
struct PictureTrace: Sendable {
    typealias Instant = ContinuousClock.Instant

    private let url: String
    private let started: Instant
    private var picture = SlowPicture(url: "")
    private var fetchEnded: Instant?
    private var decodeEnded: Instant?

    init(of url: String, from started: Instant) {
        self.url = url
        self.started = started
    }

    mutating func fetched(_ resource: FetchedResource, at ended: Instant) {
        let times = resource.seconds
        // Waiting for a free connection comes before the transfer's own clock starts.
        picture.waitedToFetch = max(0, seconds(started, ended) - times.total)
        picture.connect = times.connect
        picture.firstByte = max(0, times.firstByte - times.connect)
        picture.body = max(0, times.total - times.firstByte)
        picture.bytes = resource.bytes.count
        fetchEnded = ended
    }

    /// Of several pages the times are added up.
    mutating func decoded(_ page: CutPicture, from began: Instant, to ended: Instant) {
        if decodeEnded == nil, let fetchEnded { picture.waitedToDecode = seconds(fetchEnded, began) }
        picture.decode += seconds(began, ended)
        picture.width = page.size.width
        picture.height = page.size.height
        picture.tiles += page.tiles.count
        decodeEnded = ended
    }

    /// The network of a page that was decoded meanwhile is there.
    mutating func opened(at instant: Instant) {
        guard let ended = decodeEnded else { return }
        picture.waitedToDecode += seconds(ended, instant)
        decodeEnded = instant
    }

    mutating func ended(as ending: SlowPicture.Ending) {
        picture.ending = ending
    }

    /// All of it, where it took longer than `limit`.
    func told(at ended: Instant, ifLongerThan limit: Duration) -> SlowPicture? {
        guard started.duration(to: ended) > limit else { return nil }
        var picture = picture
        picture.url = Fetcher.redacted(url)
        picture.total = seconds(started, ended)
        if let decodeEnded {
            picture.infer = seconds(decodeEnded, ended)
        } else if let fetchEnded {
            picture.waitedToDecode = seconds(fetchEnded, ended)
        } else {
            picture.waitedToFetch = picture.total
        }
        return picture
    }

    private func seconds(_ from: Instant, _ to: Instant) -> Double {
        from.duration(to: to) / .seconds(1)
    }
}
