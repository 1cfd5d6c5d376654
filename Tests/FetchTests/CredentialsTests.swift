import Concurrency
import Glibc
import HTTPServer
import TestSupport
import Testing

@testable import Fetch

struct CredentialsTests {
    private static func configuration(_ lines: String) throws -> FetchConfiguration {
        var configuration = FetchConfiguration()
        configuration.allowedNetworks = [try Network("127.0.0.0/8")]
        configuration.credentials = try Credentials(lines, source: "the test")
        return configuration
    }

    /// What a server saw of the header Authorization, request by request.
    private final class Seen: Sendable {
        let values = Locked<[String?]>([])
        func note(_ request: HTTPRequest) { values.withLock { $0.append(request.header("Authorization")) } }
    }

    @Test(
        "each host gets its own, over the scheme they are for",
        arguments: [
            ("http://127.0.0.1:PORT basic anna secret", "Basic YW5uYTpzZWNyZXQ="),
            ("http://127.0.0.1:PORT bearer abc.def", "Bearer abc.def"),
            ("127.0.0.1:PORT basic anna secret", nil), ("http://127.0.0.2:PORT basic anna secret", nil),
            ("http://127.0.0.1:1 basic anna secret", nil), ("# nothing", nil),
        ])
    func sent(lines: String, header: String?) async throws {
        let seen = Seen()
        let server = try HTTPServer(port: 0) { request in
            seen.note(request)
            return HTTPResponse(status: 200)
        }
        let fetcher = try Fetcher(Self.configuration(lines.replacing("PORT", with: "\(server.port)")))
        _ = try await fetcher.fetch(server.url + "/")
        #expect(seen.values.withLock { $0 } == [header])
    }

    @Test("a redirect takes them nowhere else")
    func redirected() async throws {
        let seen = Seen()
        let other = try HTTPServer(address: "127.0.0.9", port: 0) { request in
            seen.note(request)
            return HTTPResponse(status: 200)
        }
        let server = try HTTPServer(port: 0) { request in
            seen.note(request)
            return HTTPResponse(status: 302, headers: [HTTPHeader("Location", other.url + "/")])
        }
        let fetcher = try Fetcher(Self.configuration("\(server.url) bearer abc"))
        _ = try await fetcher.fetch(server.url + "/")
        #expect(seen.values.withLock { $0 } == ["Bearer abc", nil])
    }

    @Test("what cannot be read is refused by its line, without a word of what stands there")
    func refused() throws {
        for text in [
            "host", "host basic secret", "host digest a secret", "host bearer a secret", "ftp://host bearer secret",
        ] {
            let error = #expect(throws: FetchError.self) { try Credentials("\n" + text, source: "file") }
            #expect(error?.description.contains("file, line 2") == true)
            #expect(error?.description.contains("secret") == false)
        }
    }

    @Test("a file that others may read is refused, and so is one that is not there")
    func modes() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/credentials"
        #expect(throws: FetchError.self) { try Credentials(file: path) }
        try folder.write("host bearer secret\n", to: "credentials")
        chmod(path, 0o640)
        let error = #expect(throws: FetchError.self) { try Credentials(file: path) }
        #expect(error?.description.contains("chmod 600") == true)
        chmod(path, 0o600)
        let credentials = try Credentials(file: path)
        #expect(credentials.secret(for: try RequestURL("https://host/picture.jpg")) == .bearer(token: "secret"))
    }

    @Test("no description and no dump shows them")
    func hidden() throws {
        let credentials = try Credentials("host basic anna secret", source: "file")
        var text = "\(credentials) \(String(reflecting: credentials))"
        dump(credentials, to: &text)
        #expect(!text.contains("secret") && !text.contains("anna"))
    }
}
