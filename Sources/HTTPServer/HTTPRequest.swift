/// One request.
public struct HTTPRequest: Sendable {
    /// As sent, so upper case for every standard method.
    public let method: String

    /// The path of the target, percent-decoded once; begins with `/` and holds no NUL.
    public let pathBytes: [UInt8]

    /// What follows the first `?` of the target, not decoded; `nil` without one.
    public let query: String?

    /// In the order they were sent.
    public let headers: [HTTPHeader]

    /// Empty where the server takes no bodies.
    public var body: [UInt8] = []

    /// Reads a request target in origin form (`/path?query`) or absolute form (`http://host/path?query`).
    ///
    /// `nil` where the target has neither form, a broken percent-encoding or an encoded NUL: the answer to that is 400.
    public init?(method: String, target: String, headers: [HTTPHeader] = []) {
        let target = Self.originForm(of: target)
        let parts = target.utf8.split(separator: UInt8(ascii: "?"), maxSplits: 1, omittingEmptySubsequences: false)
        guard let encoded = parts.first, encoded.first == UInt8(ascii: "/"),
            let path = PercentEncoding.decode(encoded), !path.contains(0)
        else { return nil }
        self.method = method
        self.headers = headers
        pathBytes = path
        query = parts.count > 1 ? String(parts[1]) : nil
    }

    /// `pathBytes` as text; bytes that are not UTF-8 show as U+FFFD.
    public var path: String {
        String(decoding: pathBytes, as: UTF8.self)
    }

    /// The first value of a header field, whatever the case of its name.
    public func header(_ name: String) -> String? {
        let name = name.lowercased()
        return headers.first { $0.name.lowercased() == name }?.value
    }

    /// The first value of a query parameter, decoded as HTML forms encode it (`+` is a space).
    public func parameter(_ name: String) -> String? {
        for pair in (query ?? "").utf8.split(separator: UInt8(ascii: "&")) {
            let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            if Self.formDecoded(parts[0]) == name {
                return parts.count > 1 ? Self.formDecoded(parts[1]) : ""
            }
        }
        return nil
    }

    private static func formDecoded(_ bytes: Substring.UTF8View) -> String? {
        let spaced = bytes.map { $0 == UInt8(ascii: "+") ? UInt8(ascii: " ") : $0 }
        return PercentEncoding.decode(spaced).map { String(decoding: $0, as: UTF8.self) }
    }

    private static func originForm(of target: String) -> Substring {
        for scheme in ["http://", "https://"] where target.lowercased().hasPrefix(scheme) {
            let afterScheme = target.dropFirst(scheme.count)
            guard let slash = afterScheme.firstIndex(of: "/") else { return "/" }
            return afterScheme[slash...]
        }
        return target[...]
    }
}
