public import Archive

/// What a worker has to say while it works, beside its progress.
public enum WorkerEvent: Sendable {
    /// The worker is registered and starts to claim.
    case started(worker: Int)
    /// A run is left to other workers.
    case declined(run: Int, reason: String)
    /// An attempt on an image failed; SQL decides whether it is tried again.
    case failed(url: String, failure: FailureClass, detail: String)
    /// An image took long.
    case slow(SlowPicture)
    /// The database does not answer; work in flight waits for it.
    case databaseAway(reason: String)
    /// The database answers again, after so many seconds.
    case databaseBack(seconds: Double)
    /// Leases passed on while the worker could not renew them; its work on them is thrown away.
    case leasesLost(Int)
    /// Somebody took the worker for dead and signed it off: its work in hand is dropped, and it registers anew.
    case signedOff(worker: Int)
    /// A newer version of the program migrated the database: what is in flight is finished, and the worker ends.
    case outdated(reason: String)
    /// The time for finishing is over; what is in flight is given back.
    case graceOver(images: Int)
}

/// Where the time of one image went, in seconds.
public struct SlowPicture: Sendable {
    /// Without what may be secret.
    public let url: String
    /// From its first step to its count.
    public let total: Double
    /// Waiting for its turn to be fetched.
    public let waitedToFetch: Double
    /// Until its server was connected; 0 on a connection that was open.
    public let connect: Double
    /// From there to the first byte.
    public let firstByte: Double
    /// From there to the last byte.
    public let body: Double
    /// Waiting for its turn to be decoded, and for memory.
    public let waitedToDecode: Double
    /// Decoding and resizing.
    public let decode: Double
    /// From handing its tiles to the device to the last density map.
    public let infer: Double
    /// Bytes as fetched.
    public let bytes: Int
    /// Width and height in pixels.
    public let width: Int
    /// See `width`.
    public let height: Int
    /// Model inputs.
    public let tiles: Int
}
