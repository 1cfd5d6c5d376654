import Concurrency
import Fetch
import HTTPServer
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(2))) struct HTTPServerTests {
    @Test("A port that is taken is named")
    func takenPort() throws {
        let server = try HTTPServer(port: 0) { _ in .text("first") }
        #expect(throws: HTTPServerError.portTaken(address: "127.0.0.1", port: server.port)) {
            try HTTPServer(port: server.port) { _ in .text("second") }
        }
    }

    @Test(
        "An address of another machine cannot be listened on",
        arguments: ["192.0.2.1", "no.such.name.invalid", "1.2.3"])
    func foreignAddress(_ address: String) throws {
        let error = #expect(throws: HTTPServerError.self) {
            try HTTPServer(address: address, port: 0) { _ in .text("") }
        }
        guard case .badAddress(address, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("A stopped server answers no more, and its port is free")
    func stoppedServer() async throws {
        let server = try HTTPServer(port: 0) { _ in .text("up") }
        let fetcher = try Self.fetcher()
        #expect(try await fetcher.fetch(server.url + "/").bytes == Array("up".utf8))
        server.stop()
        server.stop()
        await #expect(throws: FetchError.refusedConnection(url: server.url + "/")) {
            try await fetcher.fetch(server.url + "/")
        }
        let next = try HTTPServer(port: server.port) { _ in .text("next") }
        #expect(try await fetcher.fetch(next.url + "/").bytes == Array("next".utf8))
    }

    @Test("A request arrives with its parts")
    func requestArrivesWhole() throws {
        let server = try HTTPServer(port: 0) { request in
            let parts: [String?] = [
                request.method, request.path, request.query, request.parameter("a"), request.parameter("b c"),
                request.parameter("none"), request.header("x-Own"),
            ]
            return .text(parts.map { $0 ?? "-" }.joined(separator: "|"))
        }
        let response = try RawResponse(
            to: "GET /p%20q/%C3%A4?a=1%2b2+3&b+c=%26 HTTP/1.1\r\nX-Own: value", port: server.port)
        #expect(response.text == "GET|/p q/ä|a=1%2b2+3&b+c=%26|1+2 3|&|-|value")
    }

    @Test("A target that cannot be read is a bad request", arguments: ["/%", "/%4", "/%zz", "/%00", "*", "nothing"])
    func badTarget(_ target: String) throws {
        let server = try HTTPServer(port: 0) { _ in .text("reached") }
        #expect(try RawResponse(to: "GET \(target) HTTP/1.1", port: server.port).status == 400)
    }

    @Test(
        "A request with a body is refused without its body being read",
        arguments: [
            "Content-Length: 10", "Content-Length: 99999999999", "Transfer-Encoding: chunked",
        ])
    func bodyIsRefused(_ header: String) throws {
        let server = try HTTPServer(port: 0) { _ in .text("reached") }
        #expect(try RawResponse(to: "POST / HTTP/1.1\r\n\(header)", port: server.port).status == 413)
    }

    @Test("A server that takes bodies hands them on whole, up to its limit")
    func bodyIsTaken() throws {
        let server = try HTTPServer(port: 0, bodyLimit: 100_000) { .text("\($0.body.count) \($0.body.last ?? 0)") }
        for size in [0, 1, 5000, 100_000] {
            let response = try RawResponse(
                to: "POST / HTTP/1.1\r\nContent-Length: \(size)", body: String(repeating: "x", count: size),
                port: server.port)
            #expect(response.text == "\(size) \(size == 0 ? 0 : UInt8(ascii: "x"))")
        }
        for (header, status) in [("Content-Length: 100001", 413), ("Transfer-Encoding: chunked", 411)] {
            #expect(try RawResponse(to: "POST / HTTP/1.1\r\n\(header)", port: server.port).status == status)
        }
    }

    @Test("Answers that take their time keep nobody else waiting")
    func slowAnswers() async throws {
        let (released, release) = AsyncStream.makeStream(of: Void.self)
        let server = try HTTPServer.serving(port: 0) { request in
            if request.path == "/slow" { for await _ in released {} }
            return .text(request.path)
        }
        let fetcher = try Self.fetcher(connections: 32)
        try await withThrowingTaskGroup(of: [UInt8].self) { group in
            // More than the server has threads.
            for _ in 0..<20 { group.addTask { try await fetcher.fetch(server.url + "/slow").bytes } }
            for number in 0..<20 {
                #expect(try await fetcher.fetch(server.url + "/\(number)").bytes == Array("/\(number)".utf8))
            }
            release.finish()
            for try await bytes in group { #expect(bytes == Array("/slow".utf8)) }
        }
    }

    @Test("A server that stops answers what it has not answered yet")
    func stoppedWhileAnswering() async throws {
        let (released, release) = AsyncStream.makeStream(of: Void.self)
        let (reached, reach) = AsyncStream.makeStream(of: Void.self)
        let server = try HTTPServer.serving(port: 0) { request in
            reach.yield()
            for await _ in released {}
            return .text(request.path)
        }
        let connection = try RawSocket.connected(to: server.port)
        defer { connection.close() }
        connection.send("GET /slow HTTP/1.1\r\nHost: test\r\n\r\n")
        for await _ in reached { break }
        server.stop()
        let answer = String(decoding: connection.readToEnd(), as: UTF8.self)
        #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 503"))
        release.finish()
    }

    @Test("A connection serves one request after another")
    func connectionIsKept() throws {
        let server = try HTTPServer(port: 0) { .text($0.path) }
        let connection = try RawSocket.connected(to: server.port)
        defer { connection.close() }
        let requests = (0..<20).map { "GET /\($0) HTTP/1.1\r\nHost: test\r\n\r\n" }.joined()
        connection.send(requests + "GET /end HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")
        let answers = String(decoding: connection.readToEnd(), as: UTF8.self)
        #expect(answers.split(separator: "HTTP/1.1 200 OK").count == 21)
        #expect(answers.hasSuffix("/end"))
    }

    @Test("A header value with a line end is not sent")
    func headerWithALineEnd() throws {
        let server = try HTTPServer(port: 0) { _ in
            HTTPResponse(status: 200, headers: [HTTPHeader("X-Name", "a\r\nX-Evil: 1")], body: .text("x"))
        }
        let response = try RawResponse(to: "GET / HTTP/1.1", port: server.port)
        #expect(response.header("X-Evil") == nil)
    }

    @Test("What the library complains of comes to the log")
    func complaintsAreLogged() async throws {
        let lines = Locked<[String]>([])
        let server = try HTTPServer(port: 0, log: { line in lines.withLock { $0.append(line) } }) { _ in .text("x") }
        // Headers longer than the memory of a connection.
        _ = try RawResponse(
            to: "GET / HTTP/1.1\r\nX: \(String(repeating: "a", count: 100_000))", port: server.port)
        server.stop()
        #expect(lines.withLock { $0.contains { $0.contains("header") } })
    }

    private static func fetcher(connections: Int = 8) throws -> Fetcher {
        var configuration = FetchConfiguration()
        configuration.connectionsPerHost = connections
        configuration.allowedNetworks = [try Network("127.0.0.0/8")]
        return try Fetcher(configuration)
    }
}
