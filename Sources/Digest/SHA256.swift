import CDigest

/// A SHA-256 digest under way, for content that comes in pieces.
public struct SHA256: ~Copyable {
    private let state: OpaquePointer

    /// A digest of nothing yet.
    /// - Throws: `DigestError.unavailable`.
    public init() throws(DigestError) {
        guard let state = headcount_sha256_create() else { throw .unavailable }
        self.state = state
    }

    deinit {
        headcount_sha256_free(state)
    }

    /// Takes in more bytes.
    /// - Throws: `DigestError.unavailable`.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) throws(DigestError) {
        guard headcount_sha256_update(state, bytes.baseAddress, bytes.count) else { throw .unavailable }
    }

    /// The digest of all that was taken in.
    /// - Throws: `DigestError.unavailable`.
    public consuming func finish() throws(DigestError) -> SHA256Digest {
        var bytes = [UInt8](repeating: 0, count: SHA256Digest.size)
        guard headcount_sha256_finish(state, &bytes) else { throw .unavailable }
        return SHA256Digest(bytes: bytes)
    }
}
