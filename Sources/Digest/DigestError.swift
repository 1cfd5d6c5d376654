/// Why a digest could not be computed or read.
public enum DigestError: Error, Equatable, CustomStringConvertible {
    /// A file could not be read; `reason` is the system's.
    case unreadable(path: String, reason: String)
    /// The text is not 64 hexadecimal digits.
    case malformed(String)
    /// libcrypto failed: it has no memory left, or it is built without SHA-256.
    case unavailable

    /// One line for people.
    public var description: String {
        switch self {
        case .unreadable(let path, let reason): "cannot read \(path): \(reason)"
        case .malformed(let text): "“\(text)” is not a SHA-256 digest: 64 hexadecimal digits are needed"
        case .unavailable: "libcrypto cannot compute SHA-256: check the installed OpenSSL and the free memory"
        }
    }
}
