import Glibc

extension SHA256Digest {
    /// Bytes read from a file at a time.
    private static let pieceSize = 256 * 1024

    /// The digest of `bytes`.
    /// - Throws: `DigestError.unavailable`.
    public init(of bytes: [UInt8]) throws(DigestError) {
        var digest = try SHA256()
        // The closure of Array cannot throw a typed error, so a result is carried over it.
        let outcome = bytes.withUnsafeBytes { buffer in
            Result<Void, DigestError> { () throws(DigestError) in try digest.update(buffer) }
        }
        try outcome.get()
        self = try digest.finish()
    }

    /// The digest of a file's content, read in pieces and never held whole.
    /// - Throws: `DigestError.unreadable` or `.unavailable`.
    public init(ofFile path: String) throws(DigestError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unreadable(path: path, reason: Self.systemMessage()) }
        defer { close(descriptor) }
        var digest = try SHA256()
        let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.pieceSize, alignment: 64)
        defer { piece.deallocate() }
        while true {
            let count = read(descriptor, piece.baseAddress, piece.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw .unreadable(path: path, reason: Self.systemMessage()) }
            if count == 0 { break }
            try digest.update(UnsafeRawBufferPointer(rebasing: piece[0..<count]))
        }
        self = try digest.finish()
    }

    private static func systemMessage() -> String {
        String(cString: strerror(errno))
    }
}
