/// A path below a folder, in the bytes of the file system, which need not be text.
public struct RelativePath: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Components between single slashes, none at either end.
    public let bytes: [UInt8]

    /// A path of bytes that has the form of `bytes` already.
    public init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// A path of text that has that form already.
    public init(_ text: String) {
        bytes = Array(text.utf8)
    }

    /// The path of its URL on a server of the folder: `/` and every component percent-encoded.
    public var urlPath: String {
        "/" + PercentEncoding.encodePath(bytes)
    }

    /// The path as text; bytes that are not UTF-8 show as U+FFFD.
    public var description: String {
        String(decoding: bytes, as: UTF8.self)
    }

    /// By bytes, so the order does not depend on a locale.
    public static func < (left: RelativePath, right: RelativePath) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }

    /// The path of an entry below this one; the empty path is the folder itself.
    func appending(_ name: [UInt8]) -> RelativePath {
        RelativePath(bytes: bytes.isEmpty ? name : bytes + [UInt8(ascii: "/")] + name)
    }

    /// What follows the last dot of the last component, in lower case; empty without one.
    var lowercasedExtension: String {
        let name = bytes[(bytes.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0)...]
        guard let dot = name.lastIndex(of: UInt8(ascii: ".")) else { return "" }
        return String(decoding: name[(dot + 1)...], as: UTF8.self).lowercased()
    }
}
