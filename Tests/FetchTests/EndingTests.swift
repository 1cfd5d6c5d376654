import Fetch
import Glibc
import HTTPServer
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(2))) struct EndingTests {
    @Test("Cancelling the task ends a hung fetch long before its limits")
    func cancellationEndsAHungFetch() async throws {
        let server = try MisbehavingServer(.neverAnswers)
        let fetcher = try Self.patientFetcher()
        let hung = Task { await fetcher.outcome(of: server.url()) }
        while server.accepted == 0 { await Task.yield() }
        hung.cancel()
        let error = await #expect(throws: FetchError.self) { try await hung.value.get() }
        #expect(error == .cancelled(url: server.url()))
    }

    @Test("Cancelling ends a fetch that waits for a place")
    func cancellationEndsAWaitingFetch() async throws {
        let server = try MisbehavingServer(.neverAnswers)
        let fetcher = try Self.patientFetcher { $0.connectionsPerHost = 1 }
        let hung = Task { await fetcher.outcome(of: server.url("/1")) }
        while server.accepted == 0 { await Task.yield() }
        let waiting = Task { await fetcher.outcome(of: server.url("/2")) }
        waiting.cancel()
        let error = await #expect(throws: FetchError.self) { try await waiting.value.get() }
        #expect(error == .cancelled(url: server.url("/2")))
        #expect(server.accepted == 1)
        hung.cancel()
        _ = await hung.value
    }

    @Test("A cancelled task does not begin a fetch")
    func cancelledTaskDoesNotBegin() async throws {
        let server = try MisbehavingServer(.sendsPage)
        let fetcher = try Self.patientFetcher()
        let outcome = await Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await fetcher.outcome(of: server.url())
        }.value
        #expect(throws: FetchError.cancelled(url: server.url())) { try outcome.get() }
        #expect(server.accepted == 0)
    }

    @Test("The place of a cancelled fetch is free for the next")
    func cancelledPlaceIsFree() async throws {
        let hanging = try MisbehavingServer(.neverAnswers)
        let good = try HTTPServer(port: 0) { _ in .text("fine") }
        let fetcher = try Self.patientFetcher { $0.connections = 1 }
        let hung = Task { await fetcher.outcome(of: hanging.url()) }
        while hanging.accepted == 0 { await Task.yield() }
        let next = Task { await fetcher.outcome(of: good.url + "/") }
        hung.cancel()
        #expect(try await next.value.get().bytes == Array("fine".utf8))
    }

    @Test("Closing ends what hangs, what waits and what comes after")
    func closingEndsEverything() async throws {
        let server = try MisbehavingServer(.neverAnswers)
        let fetcher = try Self.patientFetcher { $0.connectionsPerHost = 2 }
        let fetches = (0..<10).map { number in Task { await fetcher.outcome(of: server.url("/\(number)")) } }
        while server.accepted < 2 { await Task.yield() }
        fetcher.close()
        for (number, fetch) in fetches.enumerated() {
            let outcome = await fetch.value
            #expect(throws: FetchError.closed(url: server.url("/\(number)"))) { try outcome.get() }
        }
        await fetcher.waitUntilClosed()
        await #expect(throws: FetchError.closed(url: server.url())) { try await fetcher.fetch(server.url()) }
    }

    @Test("Five hundred fetches and fifty fetchers leave no descriptor behind")
    func noDescriptorStays() async throws {
        // In a process of its own: the descriptors of other tests would be counted too.
        await #expect(processExitsWith: .success) {
            let server = try HTTPServer(port: 0) { _ in .text("fine") }
            let missing = try MisbehavingServer(.notFoundWithEndlessBody)
            // The first of everything opens what the process keeps.
            try await Self.fetchMany(10, from: server, and: missing)
            let before = try Self.openDescriptors()
            for _ in 0..<50 { try await Self.fetchMany(10, from: server, and: missing) }
            // The servers see a connection's end when they get to it.
            let limit = ContinuousClock.now + .seconds(30)
            while try Self.openDescriptors() > before, .now < limit { await Task.yield() }
            #expect(try Self.openDescriptors() <= before)
        }
    }

    private static func fetchMany(
        _ count: Int, from server: HTTPServer, and missing: MisbehavingServer
    ) async throws {
        let fetcher = try patientFetcher()
        await withTaskGroup { group in
            for number in 0..<count { group.addTask { _ = await fetcher.outcome(of: "\(server.url)/\(number)") } }
            group.addTask { _ = await fetcher.outcome(of: missing.url()) }
        }
        fetcher.close()
        await fetcher.waitUntilClosed()
    }

    private static func openDescriptors() throws -> Int {
        let folder = try #require(opendir("/proc/self/fd"))
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        return count
    }

    /// One whose limits are no help to a test that hangs.
    private static func patientFetcher(_ change: (inout FetchConfiguration) -> Void = { _ in }) throws -> Fetcher {
        try FetcherTests.fetcher { configuration in
            configuration.firstByteTimeout = .seconds(3600)
            configuration.totalTimeout = .seconds(3600)
            change(&configuration)
        }
    }
}
