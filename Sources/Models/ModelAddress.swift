import Digest
public import Fetch

/// An HTTP address that model files lie under, each named by its SHA-256: a `ModelStore`'s folder behind a web server.
public struct ModelAddress: Sendable {
    /// Longest file that is taken, in bytes.
    private static let largestFile = 1 << 30

    /// Such as `http://models.example.org/store`.
    public let url: String
    private let fetcher: Fetcher

    /// An address on any host: it is the operator who names it, not a list of pictures.
    /// - Throws: `FetchError` where `certificateAuthorities` cannot be read.
    public init(_ url: String, certificateAuthorities: String? = nil) throws(FetchError) {
        self.url = url.hasSuffix("/") ? String(url.dropLast()) : url
        var configuration = FetchConfiguration()
        configuration.maximumBytes = Self.largestFile
        configuration.totalTimeout = .seconds(3600)
        configuration.allowedNetworks = [try Network("0.0.0.0/0"), try Network("::/0")]
        configuration.certificateAuthorities = certificateAuthorities
        fetcher = try Fetcher(configuration)
    }

    /// What lies under a digest. Its content is the caller's to check.
    /// - Throws: `FetchError`.
    func content(of digest: SHA256Digest) async throws(FetchError) -> [UInt8] {
        try await fetcher.fetch("\(url)/\(digest)").bytes
    }

    /// The address as messages may show it.
    var shown: String { Fetcher.redacted(url) }
}
