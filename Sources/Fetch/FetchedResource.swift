/// What a URL answered with.
public struct FetchedResource: Sendable {
    /// The body after decoding; empty where it is `unchanged`.
    public let bytes: [UInt8]
    /// 200 or 203, or 304 where it is `unchanged`.
    public let status: Int
    /// As sent, quotes and mark of weakness included: to be given to `fetch(_:unlessMatching:)` as it is.
    public let etag: String?
    /// As sent.
    public let lastModified: String?
    /// As sent, and not to be trusted: what the bytes are is for the decoder to say.
    public let contentType: String?
    /// The URL the bytes came from, after redirects, without a user name or a password.
    public let effectiveURL: String
    /// Where the time went.
    public let seconds: FetchSeconds

    /// Whether the server still has the version the caller has.
    public var unchanged: Bool { status == 304 }
}

/// Seconds from the start of a fetch; waiting for a free connection comes before it.
public struct FetchSeconds: Sendable {
    /// Until the last hop was connected; 0 on a connection that was open already.
    public let connect: Double
    /// Until the first byte of the last response.
    public let firstByte: Double
    /// Until the end.
    public let total: Double
}
