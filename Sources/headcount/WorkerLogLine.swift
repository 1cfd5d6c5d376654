import Archive
import FoundationEssentials
import Worker

/// One line of a worker's log, as JSON. What does not belong to the event is left out.
struct WorkerLogLine: Encodable {
    enum Level: String, Encodable {
        case info
        case warning
    }

    let time = Date.now.formatted(.iso8601.year().month().day().time(includingFractionalSeconds: true))
    let level: Level
    let event: String
    var message: String?
    var worker: Int?
    var run: Int?
    var url: String?
    var failure: String?
    var ending: String?
    var seconds: Double?
    var steps: [String: Double]?
    var pixels: [Int]?
    var bytes: Int?
    var tiles: Int?
    var count: Int?
    var counted: Int?
    var failures: [String: Int]?
    var inStep: [String: Int]?
    var laneFill: Double?
    var pending: Int?

    private enum CodingKeys: String, CodingKey {
        case time, level, event, message, worker, run, url, ending, seconds, steps, pixels, bytes, tiles, count, counted
        case failures, pending
        case failure = "class"
        case inStep = "in_step"
        case laneFill = "lane_fill"
    }

    init(_ level: Level, _ event: String, message: String? = nil) {
        self.level = level
        self.event = event
        self.message = message
    }

    init(_ event: WorkerEvent) {
        switch event {
        case .started(let worker):
            self.init(.info, "started")
            self.worker = worker
        case .declined(let run, let reason):
            self.init(.warning, "declined", message: reason)
            self.run = run
        case .failed(let url, let failure, let detail):
            self.init(.info, "failed", message: detail)
            self.url = url
            self.failure = failure.rawValue
        case .slow(let picture):
            self.init(.info, "slow")
            url = picture.url
            ending = picture.ending.rawValue
            seconds = picture.total
            steps = [
                "waited_to_fetch": picture.waitedToFetch, "connect": picture.connect,
                "first_byte": picture.firstByte, "body": picture.body, "waited_to_decode": picture.waitedToDecode,
                "decode": picture.decode, "infer": picture.infer,
            ]
            pixels = [picture.width, picture.height]
            bytes = picture.bytes
            tiles = picture.tiles
        case .databaseAway(let reason):
            self.init(.warning, "database_away", message: reason)
        case .databaseBack(let seconds):
            self.init(.info, "database_back")
            self.seconds = seconds
        case .resultsLocked(let reason):
            self.init(.warning, "results_locked", message: reason)
        case .leasesLost(let count):
            self.init(.warning, "leases_lost")
            self.count = count
        case .signedOff(let worker):
            self.init(.warning, "signed_off")
            self.worker = worker
        case .outdated(let reason):
            self.init(.warning, "outdated", message: reason)
        case .graceOver(let images):
            self.init(.warning, "grace_over")
            count = images
        }
    }

    init(_ progress: WorkerProgress) {
        self.init(.info, "progress")
        counted = progress.counted
        failures = Dictionary(uniqueKeysWithValues: progress.failures.map { ($0.key.rawValue, $0.value) })
        inStep = Dictionary(uniqueKeysWithValues: progress.inStep.map { ($0.key.rawValue, $0.value) })
        laneFill = progress.laneFill
        pending = progress.pending
    }
}
