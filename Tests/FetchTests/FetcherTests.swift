import Fetch
import HTTPServer
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(2))) struct FetcherTests {
    @Test("Two hundred at once bring each its own bytes")
    func manyAtOnce() async throws {
        let server = try HTTPServer(port: 0) { request in
            HTTPResponse(status: 200, body: .bytes(Self.picture(named: request.path)))
        }
        let fetcher = try Self.fetcher()
        let right = try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<200 {
                group.addTask {
                    try await fetcher.fetch("\(server.url)/\(number)").bytes == Self.picture(named: "/\(number)")
                }
            }
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(right == 200)
    }

    @Test("No more requests reach a host at a time than it may be sent")
    func hostIsNotOverrun() async throws {
        let active = Counter()
        let most = Counter()
        let server = try HTTPServer(port: 0) { _ in
            let now = active.add(1)
            most.raise(to: now)
            defer { active.add(-1) }
            return HTTPResponse(status: 200, body: .bytes([UInt8](repeating: 1, count: 50_000)))
        }
        let fetcher = try Self.fetcher { $0.connectionsPerHost = 2 }
        await withTaskGroup { group in
            for number in 0..<100 { group.addTask { _ = await fetcher.outcome(of: "\(server.url)/\(number)") } }
        }
        #expect(most.value > 0 && most.value <= 2)
    }

    @Test("Fetches one after the other share a connection")
    func connectionIsKept() async throws {
        let server = try MisbehavingServer(.sendsPage)
        let fetcher = try Self.fetcher()
        for _ in 0..<20 { #expect(try await fetcher.fetch(server.url()).bytes.count == 9) }
        #expect(server.requests == 20)
        #expect(server.accepted == 1)
    }

    @Test("A body larger than what was announced or reserved is taken whole, in no more memory than its limit")
    func bodyGrowsWithinItsLimit() async throws {
        let picture = [UInt8](repeating: 7, count: 3_000_001)
        let server = try HTTPServer(port: 0) { _ in HTTPResponse(status: 200, body: .bytes(picture)) }
        let resource = try await Self.fetcher().fetch(server.url, atMost: 3_000_001)
        #expect(resource.bytes == picture)
        #expect(resource.bytes.capacity < 3_100_000)
    }

    @Test("A redirect is followed, and the result says where to")
    func redirectIsFollowed() async throws {
        let server = try HTTPServer(port: 0) { request in
            request.path == "/old"
                ? HTTPResponse(status: 302, headers: [HTTPHeader("Location", "/new?x=1")])
                : HTTPResponse(status: 200, body: .text("new"))
        }
        let url = server.url.replacing("http://", with: "http://user:secret@") + "/old"
        let resource = try await Self.fetcher().fetch(url)
        #expect(resource.bytes == Array("new".utf8))
        #expect(resource.effectiveURL == server.url + "/new?x=1")
    }

    @Test("Credentials of a URL are not sent on to another host")
    func credentialsStayWithTheirHost() async throws {
        let seen = Box<String?>("none came")
        let other = try HTTPServer(address: "127.0.0.2", port: 0) { request in
            seen.value = request.header("Authorization")
            return HTTPResponse(status: 200)
        }
        let first = Box<String?>(nil)
        let server = try HTTPServer(port: 0) { request in
            first.value = request.header("Authorization")
            return HTTPResponse(status: 302, headers: [HTTPHeader("Location", other.url + "/")])
        }
        _ = try await Self.fetcher().fetch("http://user:word@127.0.0.1:\(server.port)/")
        #expect(first.value == "Basic dXNlcjp3b3Jk")
        #expect(seen.value == nil)
    }

    @Test("The headers of an answer are handed on as they were sent")
    func headersAreHandedOn() async throws {
        let agent = Box<String?>(nil)
        let server = try HTTPServer(port: 0) { request in
            agent.value = request.header("User-Agent")
            return HTTPResponse(
                status: 200,
                headers: [
                    HTTPHeader("ETag", "W/\"v 1\""), HTTPHeader("Content-Type", "image/png"),
                    HTTPHeader("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT"),
                ])
        }
        let resource = try await Self.fetcher { $0.userAgent = "headcount/1.2" }.fetch(server.url + "/")
        #expect(resource.etag == "W/\"v 1\"")
        #expect(resource.contentType == "image/png")
        #expect(resource.lastModified == "Sun, 06 Nov 1994 08:49:37 GMT")
        #expect(agent.value == "headcount/1.2")
        #expect(resource.seconds.total >= resource.seconds.firstByte)
        #expect(resource.seconds.firstByte >= resource.seconds.connect)
    }

    @Test("A tag that holds a line end adds no header")
    func tagCannotAddHeaders() async throws {
        let server = try HTTPServer(port: 0) { request in
            .text(request.headers.map(\.name).joined(separator: " "))
        }
        let resource = try await Self.fetcher().fetch(server.url + "/", unlessMatching: "\"a\"\r\nX-Evil: 1")
        #expect(!String(decoding: resource.bytes, as: UTF8.self).contains("X-Evil"))
    }

    @Test("A body of exactly the limit is taken, one more byte is not", arguments: [0, 1])
    func limitIsExact(_ excess: Int) async throws {
        let server = try HTTPServer(port: 0) { _ in
            HTTPResponse(status: 200, body: .bytes([UInt8](repeating: 1, count: 1000 + excess)))
        }
        let outcome = await (try Self.fetcher { $0.maximumBytes = 1000 }).outcome(of: server.url + "/")
        switch outcome {
        case .success(let resource): #expect(resource.bytes.count == 1000 && excess == 0)
        case .failure(let error): #expect(error == .tooLarge(url: server.url + "/", limit: 1000) && excess == 1)
        }
    }

    @Test(
        "A configuration that cannot work is refused",
        arguments: [
            { $0.maximumBytes = 0 }, { $0.connections = 0 }, { $0.connectionsPerHost = -1 },
            { $0.maximumRedirects = -1 },
            { $0.connectTimeout = .zero }, { $0.totalTimeout = .seconds(1 << 40) },
            { $0.certificateAuthorities = "/nowhere/authorities.pem" },
        ] as [@Sendable (inout FetchConfiguration) -> Void])
    func badConfigurationIsRefused(_ change: @Sendable (inout FetchConfiguration) -> Void) {
        let error = #expect(throws: FetchError.self) { try Self.fetcher(change) }
        #expect(error.map(HabitExpectation.caseName) == "badConfiguration")
    }

    static func fetcher(_ change: (inout FetchConfiguration) -> Void = { _ in }) throws -> Fetcher {
        var configuration = FetchConfiguration()
        configuration.allowedNetworks = [try Network("127.0.0.0/8")]
        change(&configuration)
        return try Fetcher(configuration)
    }

    private static func picture(named name: String) -> [UInt8] {
        let seed = name.utf8.reduce(into: UInt64(1)) { $0 = $0 &* 31 &+ UInt64($1) }
        return (0..<20_000).map { UInt8(truncatingIfNeeded: (UInt64($0) &* seed) >> 3) }
    }
}
