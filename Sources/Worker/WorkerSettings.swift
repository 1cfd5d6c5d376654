import Density

/// How a worker works.
public struct WorkerSettings: Sendable {
    /// True to end once no active run has anything left; else the worker waits for more.
    public var drain = false
    /// The one set to count; `nil` for all.
    public var set: String?
    /// True to take over counts of pictures that are the same: by their bytes, or because the server says that they have
    /// not changed since an earlier run.
    public var dedupe = true
    /// Which pages of a TIFF are counted.
    public var pages = PageChoice.first
    /// How long the pages of one picture may be decoded together; each alone has the decoder's own limit.
    public var longestDecoding: Duration = .seconds(120)
    /// Whether the decoder makes do with what is there of a picture: such counts are kept apart.
    public var toleratesTruncation = false
    /// How long a lease lasts without a heartbeat. A killed worker's shards are claimed again when it is over and the next
    /// heartbeat of any worker, a third of it later at most, has found that.
    public var lease: Duration = .seconds(10)
    /// Time between heartbeats: a third of the lease, so that one lost heartbeat costs nothing.
    public var heartbeatInterval: Duration { lease / 3 }
    /// Time between writes of results: a third of what is in hand takes, within these bounds. A worker learns from a write
    /// what others stole of it, and is to before it comes to that.
    public var recordInterval: ClosedRange<Duration> = .milliseconds(200) ... .seconds(1)
    /// Wait before asking again when there is nothing to claim. It doubles from one time to the next, unless the worker
    /// is to end once nothing is left.
    public var idleInterval: Duration = .seconds(1)
    /// The longest such wait: how late a retry may be noticed, and new images where no notice of them can be heard.
    public var longestIdleInterval: Duration = .seconds(3)
    /// How long what is in flight may take once the worker is to stop; the rest is given back then.
    public var grace: Duration = .seconds(30)
    /// How long an image waits whose count the database refused, the first time, until it shows whether it refuses all.
    public var refusedWait: Duration = .seconds(10)
    /// How long the database may be away before the worker ends.
    public var databasePatience: Duration = .seconds(600)
    /// A picture that takes longer than this from its first step to its count is told of, step by step.
    public var slowPicture: Duration = .seconds(10)
    /// How long a network serves, at least, before it makes room for another where the device bears no more of them.
    public var leastNetworkTurn: Duration = .seconds(1)
    /// Bytes that fetched and decoded pictures may take at once.
    public var memory: Int
    /// Bytes of these that the decoder keeps between pictures.
    public var keptByDecoders = 0
    /// How long tiles that do not fill a launch wait for others while nothing else is coming.
    public var linger: Duration = .milliseconds(50)
    /// Images that are anywhere between fetching and their count, at once; from measured times where `nil`.
    public var imagesInFlight: Int?
    /// Pictures that are fetched at once; from measured times where `nil`.
    public var fetchesInFlight: Int?
    /// Pictures that are decoded at once; from measured times where `nil`.
    public var decodesInFlight: Int?
    /// Processor cores there are to decode with.
    public var cores: Int

    /// What counts are made with and may be taken over for, as `counts.preprocessing` keeps it.
    var preprocessing: Int { Preprocessing.version + 256 * ((toleratesTruncation ? 1 : 0) + 2 * pages.code) }

    /// Settings for a machine of so many cores and so many bytes of memory, a quarter of which is for pictures.
    public init(cores: Int, machineMemory: Int) {
        self.cores = max(1, cores)
        memory = machineMemory / 4
    }
}
