import Fetch
import HTTPServer
import Testing

@Suite(.enabled(if: TLSServer.isPresent, Comment(rawValue: TLSServer.absence)), .serialized, .timeLimit(.minutes(2)))
struct TLSTests {
    @Test("A certificate that no authority signed is refused")
    func unknownAuthority() async throws {
        let server = try TLSServer()
        let outcome = await (try FetcherTests.fetcher()).outcome(of: "https://127.0.0.1:\(server.port)/")
        let error = #expect(throws: FetchError.self) { try outcome.get() }
        #expect(error.map(HabitExpectation.caseName) == "tls", "\(String(describing: error))")
    }

    @Test("The authorities of the configuration are trusted")
    func configuredAuthority() async throws {
        let server = try TLSServer()
        let fetcher = try FetcherTests.fetcher { $0.certificateAuthorities = server.certificate }
        let resource = try await fetcher.fetch("https://127.0.0.1:\(server.port)/")
        #expect(resource.status == 200)
        #expect(resource.seconds.connect > 0)
    }

    @Test("A certificate for another name is refused")
    func otherName() async throws {
        let server = try TLSServer()
        let fetcher = try FetcherTests.fetcher { $0.certificateAuthorities = server.certificate }
        let outcome = await fetcher.outcome(of: "https://localhost:\(server.port)/")
        let error = #expect(throws: FetchError.self) { try outcome.get() }
        #expect(error.map(HabitExpectation.caseName) == "tls", "\(String(describing: error))")
    }

    @Test("A redirect from http to https is followed")
    func redirectToTLS() async throws {
        let server = try TLSServer()
        let plain = try HTTPServer(port: 0) { _ in
            HTTPResponse(status: 302, headers: [HTTPHeader("Location", "https://127.0.0.1:\(server.port)/")])
        }
        let fetcher = try FetcherTests.fetcher { $0.certificateAuthorities = server.certificate }
        let resource = try await fetcher.fetch(plain.url + "/")
        #expect(resource.effectiveURL == "https://127.0.0.1:\(server.port)/")
    }
}
