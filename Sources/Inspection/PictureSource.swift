public import Density
public import Digest
public import Fetch
public import Imaging

/// Fetches single pictures to be looked at.
public struct PictureSource: Sendable {
    private let fetcher: Fetcher
    private let decoder: any PictureDecoding

    /// A source within the limits of its two parts.
    public init(fetcher: Fetcher, decoder: any PictureDecoding) {
        self.fetcher = fetcher
        self.decoder = decoder
    }

    /// A picture, made smaller where its longer side is more than `longest` pixels, and the digest of its bytes.
    /// - Throws: `FetchError`, `ImagingError`.
    public func picture(_ url: String, longest: Int) async throws -> (picture: Picture, digest: SHA256Digest) {
        let bytes = try await fetcher.fetch(url).bytes
        let size = try await decoder.header(of: bytes).size.bounded(to: longest)
        return (try await decoder.decode(bytes, resizedTo: size, by: .area), try SHA256Digest(of: bytes))
    }
}
