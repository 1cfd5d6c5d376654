import Glibc

/// User names, passwords and tokens for single hosts. What it holds is never part of a description.
///
/// Written a line each, with `#` before what is no part of it:
///
///     images.example.org          basic NAME PASSWORD
///     images.example.org:8443     bearer TOKEN
///     http://scans.example.org    basic NAME PASSWORD
///
/// They go out over https alone, but where the line says `http://`, and never to the host that a redirect leads to.
public struct Credentials: Sendable, CustomStringConvertible, CustomReflectable {
    enum Secret: Sendable, Equatable {
        case basic(name: String, password: String)
        case bearer(token: String)
    }

    private let secrets: [String: Secret]

    /// None.
    public init() {
        secrets = [:]
    }

    /// Reads lines.
    /// - Parameter source: where they come from, for messages.
    /// - Throws: `FetchError.badConfiguration`, which names the line and never what stands in it.
    public init(_ text: String, source: String) throws(FetchError) {
        var secrets: [String: Secret] = [:]
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
            if words.isEmpty || words[0].hasPrefix("#") { continue }
            let place = "\(source), line \(number + 1)"
            let secret: Secret
            switch (words.dropFirst().first, words.count) {
            case ("basic", 4): secret = .basic(name: words[2], password: words[3])
            case ("bearer", 3): secret = .bearer(token: words[2])
            default:
                throw .badConfiguration(reason: "\(place): write HOST basic NAME PASSWORD, or HOST bearer TOKEN")
            }
            let url = words[0].contains("://") ? words[0] : "https://\(words[0])"
            guard let origin = try? RequestURL(url).origin else {
                throw .badConfiguration(reason: "\(place): it does not begin with a host")
            }
            secrets[origin] = secret
        }
        self.secrets = secrets
    }

    /// Reads a file that nobody but its owner may read.
    /// - Throws: `FetchError.badConfiguration`.
    public init(file path: String) throws(FetchError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw .badConfiguration(reason: "the credentials '\(path)': \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw .badConfiguration(reason: "the credentials '\(path)' are no file")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw .badConfiguration(
                reason: "the credentials '\(path)' can be read by others: chmod 600 '\(path)'")
        }
        guard status.st_size <= 1 << 20 else {
            throw .badConfiguration(reason: "the credentials '\(path)' are too long")
        }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var filled = 0
        while filled < bytes.count {
            let count = bytes.withUnsafeMutableBytes {
                read(descriptor, $0.baseAddress?.advanced(by: filled), $0.count - filled)
            }
            if count <= 0 { break }
            filled += count
        }
        try self.init(String(decoding: bytes.prefix(filled), as: UTF8.self), source: path)
    }

    /// These and the others; where both know a host, the others'.
    public func merging(_ others: Credentials) -> Credentials {
        Credentials(secrets: secrets.merging(others.secrets) { $1 })
    }

    /// How many hosts there are any for.
    public var description: String { "credentials for \(secrets.count) hosts" }

    /// Nothing, so that no dump shows them.
    public var customMirror: Mirror { Mirror(self, children: [:]) }

    private init(secrets: [String: Secret]) {
        self.secrets = secrets
    }

    func secret(for url: RequestURL) -> Secret? {
        secrets[url.origin]
    }
}
