import Glibc

extension FetchConfiguration {
    /// - Throws: `FetchError.badConfiguration` with the first thing that cannot work.
    func validate() throws(FetchError) {
        let numbers = [
            ("the byte limit", maximumBytes, 1), ("the number of connections per host", connectionsPerHost, 1),
            ("the number of connections", connections, 1), ("the redirect limit", maximumRedirects, 0),
            ("the lowest speed", lowSpeedBytesPerSecond, 0),
        ]
        for (name, value, least) in numbers where value < least {
            throw .badConfiguration(reason: "\(name) is \(value), and must be at least \(least)")
        }
        if let rate = requestsPerSecondAndHost, !(rate >= 0.001 && rate <= 1e6) {
            throw .badConfiguration(reason: "a rate of \(rate) requests a second is outside 0.001 to 1000000")
        }
        let times = [
            ("the connect timeout", connectTimeout), ("the first byte timeout", firstByteTimeout),
            ("the low speed window", lowSpeedWindow), ("the total timeout", totalTimeout),
        ]
        // libcurl takes milliseconds, and its poll no more than 31 bits of them.
        for (name, value) in times where value <= .zero || value > .milliseconds(Int32.max) {
            throw .badConfiguration(reason: "\(name) is \(value), and must be more than none and less than 24 days")
        }
        if let file = certificateAuthorities {
            guard let count = SecureTransport.certificates(in: file) else {
                throw .badConfiguration(reason: "the certificate authorities '\(file)' are no file that can be read")
            }
            guard count > 0 else {
                throw .badConfiguration(reason: "the certificate authorities '\(file)' hold no certificate in PEM")
            }
        }
        // Not shown: it may hold a password.
        if let proxy, !Self.isProxy(proxy) {
            throw .badConfiguration(reason: "the proxy is not of the form http://HOST:PORT or https://HOST:PORT")
        }
    }

    private static func isProxy(_ text: String) -> Bool {
        let schemes = ["http://", "https://"]
        guard let scheme = schemes.first(where: { text.lowercased().hasPrefix($0) }) else { return false }
        let place = text.dropFirst(scheme.count)
        return !place.isEmpty && !place.hasPrefix("/") && !place.contains(where: \.isWhitespace)
    }
}
