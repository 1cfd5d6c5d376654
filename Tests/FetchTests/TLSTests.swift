import Fetch
import HTTPServer
import TestSupport
import Testing

@Suite(
    .enabled(if: ServerCertificate.canBeMade, Comment(rawValue: ServerCertificate.absence)), .serialized,
    .timeLimit(.minutes(2)))
struct TLSTests {
    @Test("A certificate that no authority signed is refused")
    func unknownAuthority() async throws {
        let server = try await TLSServer()
        let outcome = await (try FetcherTests.fetcher()).outcome(of: "https://127.0.0.1:\(server.port)/")
        let error = #expect(throws: FetchError.self) { try outcome.get() }
        #expect(error.map(HabitExpectation.caseName) == "tls", "\(String(describing: error))")
    }

    @Test("The authorities of the configuration are trusted")
    func configuredAuthority() async throws {
        let server = try await TLSServer()
        let fetcher = try FetcherTests.fetcher { $0.certificateAuthorities = server.certificate.file }
        let resource = try await fetcher.fetch("https://127.0.0.1:\(server.port)/")
        #expect(resource.status == 200)
        #expect(resource.seconds.connect > 0)
    }

    @Test("A certificate for another name is refused")
    func otherName() async throws {
        let server = try await TLSServer()
        let fetcher = try FetcherTests.fetcher { $0.certificateAuthorities = server.certificate.file }
        let outcome = await fetcher.outcome(of: "https://localhost:\(server.port)/")
        let error = #expect(throws: FetchError.self) { try outcome.get() }
        #expect(error.map(HabitExpectation.caseName) == "tls", "\(String(describing: error))")
    }

    @Test("Fetches that wait for the first connection to tell what it speaks end as it does")
    func manyBehindARefusedOne() async throws {
        let server = try await TLSServer()
        let fetcher = try FetcherTests.fetcher()
        let names = await withTaskGroup(of: String?.self) { group in
            for number in 0..<20 {
                group.addTask {
                    guard
                        case .failure(let error) = await fetcher.outcome(
                            of: "https://127.0.0.1:\(server.port)/\(number)")
                    else { return nil }
                    return HabitExpectation.caseName(of: error)
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(names == [String?](repeating: "tls", count: 20))
    }

    @Test("A fetch that waits for the first connection makes one of its own where the first is cancelled")
    func firstIsCancelled() async throws {
        let server = try MisbehavingServer(.neverAnswers)
        let fetcher = try FetcherTests.fetcher()
        let url = server.url(scheme: "https")
        let first = Task { await fetcher.outcome(of: url) }
        try await waitUntil("the first connection") { server.accepted == 1 }
        let second = Task { await fetcher.outcome(of: url) }
        first.cancel()
        try await waitUntil("the second connection") { server.accepted == 2 }
        second.cancel()
        guard case (.failure(.cancelled), .failure(.cancelled)) = (await first.value, await second.value) else {
            Issue.record("the first ended as \(await first.value), the second as \(await second.value)")
            return
        }
    }

    @Test("A redirect from http to https is followed")
    func redirectToTLS() async throws {
        let server = try await TLSServer()
        let plain = try HTTPServer(port: 0) { _ in
            HTTPResponse(status: 302, headers: [HTTPHeader("Location", "https://127.0.0.1:\(server.port)/")])
        }
        let fetcher = try FetcherTests.fetcher { $0.certificateAuthorities = server.certificate.file }
        let resource = try await fetcher.fetch(plain.url + "/")
        #expect(resource.effectiveURL == "https://127.0.0.1:\(server.port)/")
    }
}
