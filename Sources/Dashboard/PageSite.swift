/// The address under which a server in front of the page shows it, such as `https://count.example.org`.
public struct PageSite: Sendable {
    /// As browsers write it: in lower case, without the scheme's own port.
    let origin: String
    private let scheme: String

    /// `nil` where the text is no address that begins with `http://` or `https://`, or has more than a host and a port: the
    /// page asks for its parts at the root of its host.
    public init?(_ text: String) {
        let text = text.lowercased()
        guard let scheme = ["https", "http"].first(where: { text.hasPrefix($0 + "://") }) else { return nil }
        var host = text.dropFirst(scheme.count + 3)
        if host.hasSuffix("/") { host = host.dropLast() }
        let isPlain = host.utf8.allSatisfy { (0x21...0x7E).contains($0) && !"/?#@\\".utf8.contains($0) }
        guard !host.isEmpty, isPlain else { return nil }
        self.scheme = scheme
        origin = "\(scheme)://\(Self.bare(String(host), scheme))"
    }

    /// True where a `Host` header names it.
    func isNamed(by host: String) -> Bool {
        origin == "\(scheme)://\(Self.bare(host.lowercased(), scheme))"
    }

    private static func bare(_ host: String, _ scheme: String) -> String {
        let port = scheme == "https" ? ":443" : ":80"
        return host.hasSuffix(port) ? String(host.dropLast(port.count)) : host
    }
}
