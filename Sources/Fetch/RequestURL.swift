import CCurl

/// A URL that was checked before anything is done with it.
struct RequestURL: Sendable {
    /// What libcurl is given: normalised, with spaces and bytes beyond ASCII percent-encoded.
    let text: String
    /// The host as libcurl will ask for it: lower case names, IPv4 addresses in four decimal parts.
    let host: String
    /// Scheme, host and port: what connections are shared and limited by.
    let origin: String
    /// The URL as errors may show it.
    let redacted: String

    /// - Parameter base: what `text` is read relative to, as libcurl reads a redirect; nil where it must be whole.
    /// - Throws: `FetchError.badURL` or `forbiddenScheme`.
    init(_ text: String, relativeTo base: String? = nil) throws(FetchError) {
        redacted = Self.redacted(text)
        guard let parts = curl_url() else { throw .badURL(url: redacted, reason: "out of memory") }
        defer { curl_url_cleanup(parts) }
        if let base { curl_url_set(parts, CURLUPART_URL, base, 0) }
        let status = curl_url_set(
            parts, CURLUPART_URL, text, UInt32(CURLU_URLENCODE | CURLU_NON_SUPPORT_SCHEME))
        guard status == CURLUE_OK else {
            throw .badURL(url: redacted, reason: String(cString: curl_url_strerror(status)).lowercased())
        }
        let scheme = try Self.part(CURLUPART_SCHEME, of: parts, redacted: redacted)
        guard scheme == "http" || scheme == "https" else { throw .forbiddenScheme(url: redacted, scheme: scheme) }
        self.text = try Self.part(CURLUPART_URL, of: parts, redacted: redacted)
        host = try Self.part(CURLUPART_HOST, of: parts, redacted: redacted).lowercased()
        let port = try Self.part(CURLUPART_PORT, of: parts, redacted: redacted)
        origin = "\(scheme)://\(host):\(port)"
    }

    /// The address that stands in the URL in place of a name.
    var literalAddress: IPAddress? {
        IPAddress(host.hasPrefix("[") ? String(host.dropFirst().prefix { $0 != "]" && $0 != "%" }) : host)
    }

    /// The URL without what may be secret: user name, password and the values of a query, in which archives put
    /// signatures and tokens. Works on the text, since what cannot be parsed is shown too.
    static func redacted(_ text: String) -> String {
        let shown = withoutCredentials(text).prefix { $0 != "#" }
        guard let query = shown.firstIndex(of: "?") else { return String(shown) }
        return shown[..<query] + "?…"
    }

    /// The URL without user name and password, in every form that libcurl reads: any number of slashes after the
    /// scheme, or no scheme at all.
    static func withoutCredentials(_ text: String) -> String {
        var authorityStart = text.startIndex
        if let colon = text.firstIndex(where: { ":/?#@".contains($0) }), text[colon] == ":",
            text[colon...].dropFirst().first == "/"
        {
            authorityStart = text.index(after: colon)
        }
        authorityStart = text[authorityStart...].firstIndex { $0 != "/" } ?? text.endIndex
        let rest = text[authorityStart...]
        guard let at = rest.prefix(while: { !"/?#".contains($0) }).lastIndex(of: "@") else { return text }
        return String(text[..<authorityStart]) + rest[rest.index(after: at)...]
    }

    private static func part(
        _ part: CURLUPart, of parts: OpaquePointer, redacted: String
    ) throws(FetchError) -> String {
        var value: UnsafeMutablePointer<CChar>?
        let status = curl_url_get(parts, part, &value, UInt32(CURLU_DEFAULT_PORT * (part == CURLUPART_PORT ? 1 : 0)))
        guard status == CURLUE_OK, let value else {
            throw .badURL(url: redacted, reason: String(cString: curl_url_strerror(status)).lowercased())
        }
        defer { curl_free(value) }
        return String(cString: value)
    }
}
