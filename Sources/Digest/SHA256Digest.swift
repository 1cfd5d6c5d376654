import CDigest

/// A SHA-256 digest: what names a picture's, a manifest's or a model file's content.
public struct SHA256Digest: Sendable, Hashable {
    /// Bytes of a digest.
    public static let size = Int(headcount_sha256_size)

    /// `SHA256Digest.size` bytes, in the order they are written in hexadecimal.
    public let bytes: [UInt8]

    /// - Precondition: `bytes` holds `SHA256Digest.size` bytes.
    public init(bytes: [UInt8]) {
        precondition(bytes.count == Self.size, "a SHA-256 digest of \(bytes.count) bytes")
        self.bytes = bytes
    }

    /// Reads a digest as people and SQL write it: 64 hexadecimal digits, of either case.
    /// - Throws: `DigestError.malformed`.
    public init(hex text: String) throws(DigestError) {
        let digits = Array(text.utf8)
        guard digits.count == 2 * Self.size else { throw .malformed(text) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.size)
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = Self.value(of: digits[index]), let low = Self.value(of: digits[index + 1]) else {
                throw .malformed(text)
            }
            bytes.append(high << 4 | low)
        }
        self.bytes = bytes
    }

    private static func value(of digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

extension SHA256Digest: CustomStringConvertible {
    /// 64 lower-case hexadecimal digits; `SHA256Digest(hex: description)` gives the digest back.
    public var description: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}

extension SHA256Digest: Comparable {
    /// The order of the bytes, which is that of the hexadecimal texts and of `bytea` in SQL.
    public static func < (first: SHA256Digest, second: SHA256Digest) -> Bool {
        first.bytes.lexicographicallyPrecedes(second.bytes)
    }
}
