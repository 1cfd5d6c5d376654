import CCurl
import FoundationEssentials
import Glibc

/// What libcurl fetches over https with: its TLS library, and the authorities whose certificates it trusts.
public struct SecureTransport: Sendable, Equatable {
    /// Such as `libcurl 7.88.1 with OpenSSL/3.0.17`.
    public let library: String
    /// The file of authorities that is trusted where no other is named.
    public let authorities: String
    /// How many certificates that file holds.
    public let certificates: Int

    /// Looks at what this process has.
    /// - Throws: `FetchError.noSecureTransport` where nothing can be fetched over https.
    public init() throws(FetchError) {
        guard let version = headcount_curl_version()?.pointee, let tls = version.ssl_version else {
            throw .noSecureTransport(reason: "libcurl was built without TLS: install Debian's libcurl4")
        }
        try self.init(
            library: "libcurl \(String(cString: version.version)) with \(String(cString: tls))",
            authorities: version.cainfo.map { String(cString: $0) } ?? "")
    }

    /// - Parameter authorities: the file that the library was built to trust; empty where it was built with none.
    init(library: String, authorities: String) throws(FetchError) {
        guard let count = Self.certificates(in: authorities) else {
            throw .noSecureTransport(
                reason: "no authorities to trust\(authorities.isEmpty ? "" : ": \(authorities) cannot be read"); "
                    + Self.remedy)
        }
        guard count > 0 else {
            throw .noSecureTransport(reason: "\(authorities) holds no certificate; \(Self.remedy)")
        }
        self.library = library
        self.authorities = authorities
        certificates = count
    }

    /// How many certificates a PEM file holds; `nil` where it cannot be read.
    static func certificates(in file: String) -> Int? {
        guard let content = FileManager.default.contents(atPath: file) else { return nil }
        let text = String(decoding: content, as: UTF8.self)
        return text.components(separatedBy: "-----BEGIN CERTIFICATE-----").count - 1
    }

    private static let remedy = "install the Debian package ca-certificates, or name a file with headcount work --ca"
}
