import Fetch
import Glibc
import TestSupport
import Testing

@Suite(
    "HTTP/2", .enabled(if: HTTP2Server.isPresent, Comment(rawValue: HTTP2Server.absence)), .serialized,
    .timeLimit(.minutes(5)))
struct HTTP2Tests {
    @Test(
        "Pictures asked for at once come whole over one connection, whatever the server adds to them",
        arguments: [[], ["--padding=200", "--trailer=location: /other"], ["--no-content-length"]])
    func manyOverOneConnection(_ options: [String]) async throws {
        let folder = try Self.pictures(40)
        let server = try await HTTP2Server(serving: folder, options)
        let fetcher = try Self.fetcher(trusting: server)
        #expect(try await Self.fetchPictures(40, from: server, with: fetcher) == 40)
        await Self.close(fetcher)
        let record = try await server.end()
        #expect(record.requests == 40)
        #expect(record.connections == 1)
        #expect(record.mostAtOnce <= 8)
    }

    @Test("Fetches share a connection at the same time, and a host is sent no more of them than it may be")
    func streamsAtOnce() async throws {
        let server = try await HTTP2Server(serving: Self.endless())
        let fetcher = try Self.fetcher(trusting: server) {
            $0.maximumBytes = 1 << 40
            $0.connectionsPerHost = 2
        }
        let record = try await Self.record(of: 4, from: server, with: fetcher, until: /(stream_id=3\) :path: )/)
        #expect(record.requests == 2)
        #expect(record.connections == 1)
        #expect(record.mostAtOnce == 2)
    }

    @Test("A server that takes fewer at once on a connection gets more connections")
    func fewStreams() async throws {
        // Without an end, so that none is done before the next is asked for.
        let server = try await HTTP2Server(serving: Self.endless(), ["--max-concurrent-streams=1"])
        let fetcher = try Self.fetcher(trusting: server) { $0.maximumBytes = 1 << 40 }
        let record = try await Self.record(
            of: 3, from: server, with: fetcher, until: /((?: :path: [\s\S]*?){3}send DATA frame)/)
        #expect(record.requests == 3)
        #expect(record.connections == 3)
        #expect(record.mostAtOnce == 1)
    }

    @Test("A connection that hangs in its handshake fails the fetch that made it, and the others make their own")
    func firstHangs() async throws {
        let server = try await HTTP2Server(serving: try Self.pictures(4))
        let relay = try HoldingRelay(to: server.port)
        let fetcher = try Self.fetcher(trusting: server) { $0.connectTimeout = .seconds(4) }
        let outcomes = await withTaskGroup(of: Result<FetchedResource, FetchError>.self) { group in
            for number in 0..<4 {
                group.addTask { await fetcher.outcome(of: "https://127.0.0.1:\(relay.port)/\(number)") }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        let errors = outcomes.compactMap { outcome in
            if case .failure(let error) = outcome { error } else { nil }
        }
        #expect(errors.count == 1)
        guard case .timeout(_, stage: .connect)? = errors.first else {
            Issue.record("\(errors)")
            return
        }
    }

    @Test("A file that is not there is not found, and its connection goes on")
    func notFound() async throws {
        let server = try await HTTP2Server(serving: try Self.pictures(1))
        let fetcher = try Self.fetcher(trusting: server)
        let absent = server.url + "/absent"
        await #expect(throws: FetchError.notFound(url: absent, status: 404)) { try await fetcher.fetch(absent) }
        #expect(try await Self.fetchPictures(1, from: server, with: fetcher) == 1)
        #expect(try await server.end().connections == 1)
    }

    @Test(
        "Where the server dies within the bodies, each fetch of its connection is cut short, and the next refused")
    func serverDies() async throws {
        let folder = try Self.endless()
        let server = try await HTTP2Server(serving: folder)
        let fetcher = try Self.fetcher(trusting: server) { $0.maximumBytes = 1 << 40 }
        let outcomes = try await withThrowingTaskGroup(of: Result<FetchedResource, FetchError>.self) { group in
            for number in 0..<3 { group.addTask { await fetcher.outcome(of: "\(server.url)/endless?\(number)") } }
            // All three: one that begins later is refused.
            try await server.said(/((?:send HEADERS frame[\s\S]*?){3}send DATA frame)/)
            server.signal(SIGKILL)
            return try await group.reduce(into: []) { $0.append($1) }
        }
        for outcome in outcomes {
            let error = #expect(throws: FetchError.self) { try outcome.get() }
            // One reads that the connection was reset, the others that nothing more comes.
            let name = error.map(HabitExpectation.caseName)
            #expect(name == "lostConnection" || name == "truncated", "\(String(describing: error))")
        }
        // Its connections end before its port is closed.
        _ = try await server.end()
        let next = server.url + "/endless"
        await #expect(throws: FetchError.refusedConnection(url: next)) { try await fetcher.fetch(next) }
    }

    @Test("A server that stops within a body is too slow, and is asked again once it goes on")
    func serverStops() async throws {
        let folder = try Self.endless()
        try folder.write([1, 2, 3], to: "short")
        let server = try await HTTP2Server(serving: folder)
        let fetcher = try Self.fetcher(trusting: server) {
            $0.maximumBytes = 1 << 40
            $0.lowSpeedWindow = .milliseconds(150)
            $0.lowSpeedBytesPerSecond = 1000
        }
        async let outcome = fetcher.outcome(of: server.url + "/endless")
        try await server.said(/(send DATA frame)/)
        server.signal(SIGSTOP)
        guard case .failure(.timeout(_, stage: .body)) = await outcome else {
            Issue.record("\(await outcome)")
            return
        }
        server.signal(SIGCONT)
        #expect(try await fetcher.fetch(server.url + "/short").bytes == [1, 2, 3])
    }

    private static func fetcher(
        trusting server: HTTP2Server, _ change: (inout FetchConfiguration) -> Void = { _ in }
    ) throws -> Fetcher {
        try FetcherTests.fetcher {
            $0.certificateAuthorities = server.certificate.file
            change(&$0)
        }
    }

    /// A folder of pictures, each with its own bytes and length.
    private static func pictures(_ count: Int) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        for number in 0..<count { try folder.write(picture(number), to: "\(number)") }
        return folder
    }

    /// A folder with a file that no test comes to the end of. It has a length and no bytes.
    private static func endless() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        guard truncate(try folder.write("", to: "endless"), 1 << 36) == 0 else {
            throw ServerCertificate.Failure(what: "truncate: \(String(cString: strerror(errno)))")
        }
        return folder
    }

    private static func picture(_ number: Int) -> [UInt8] {
        (0..<10_000 + 997 * number).map { UInt8(truncatingIfNeeded: ($0 &* (number + 31)) >> 3) }
    }

    /// - Returns: how many came right.
    private static func fetchPictures(_ count: Int, from server: HTTP2Server, with fetcher: Fetcher) async throws -> Int
    {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<count {
                group.addTask { try await fetcher.fetch("\(server.url)/\(number)").bytes == picture(number) }
            }
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
    }

    /// Asks for bodies without an end at once, and ends the server when it has said something.
    private static func record(
        of count: Int, from server: HTTP2Server, with fetcher: Fetcher, until said: Regex<(Substring, Substring)>
    ) async throws -> HTTP2Record {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<count {
                group.addTask { _ = await fetcher.outcome(of: "\(server.url)/endless?\(number)") }
            }
            try await server.said(said)
            return try await server.end()
        }
    }

    /// So that the server saw the end of everything.
    private static func close(_ fetcher: Fetcher) async {
        fetcher.close()
        await fetcher.waitUntilClosed()
    }
}
