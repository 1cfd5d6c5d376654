import HTTPServer
import TestSupport
import Testing

@testable import Fetch

/// Origins that rest: between two starts, and after they said that they have enough.
struct RestTests {
    private let start = ContinuousClock.now

    @Test("a rate leaves its time between two starts to one origin, and other origins alone")
    func rate() {
        var schedule = TransferSchedule(perOrigin: 8, total: 64, interval: .seconds(2))
        for id in 1...3 { schedule.add(UInt64(id), origin: "a") }
        schedule.add(9, origin: "b")
        #expect(schedule.next(at: start) == 1)
        #expect(schedule.next(at: start) == 9)
        #expect(schedule.next(at: start) == nil)
        #expect(schedule.nextStart(after: start) == start + .seconds(2))
        #expect(schedule.next(at: start + .seconds(2)) == 2)
        #expect(schedule.next(at: start + .seconds(3)) == nil)
        #expect(schedule.next(at: start + .seconds(4)) == 3)
    }

    @Test("an origin that asks to be left alone is, for as long as it asked")
    func asked() {
        var schedule = TransferSchedule(perOrigin: 1, total: 1)
        schedule.add(1, origin: "a")
        schedule.add(2, origin: "a")
        #expect(schedule.next(at: start) == 1)
        schedule.finish(origin: "a", .trouble(asked: .seconds(7)), at: start)
        #expect(schedule.next(at: start + .seconds(6)) == nil)
        #expect(schedule.rest(of: "a", at: start + .seconds(6)) == .seconds(1))
        #expect(schedule.next(at: start + .seconds(7)) == 2)
    }

    @Test("one that does not say how long rests longer every time, and no more once it is fine")
    func doubling() {
        var schedule = TransferSchedule(perOrigin: 1, total: 1)
        var now = start
        for (id, seconds) in [1, 2, 4, 8, 16, 32, 60, 60].enumerated() {
            schedule.add(UInt64(id), origin: "a")
            #expect(schedule.next(at: now) == UInt64(id))
            schedule.finish(origin: "a", .trouble(asked: nil), at: now)
            #expect(schedule.rest(of: "a", at: now) == .seconds(seconds))
            now += .seconds(seconds)
        }
        schedule.add(100, origin: "a")
        #expect(schedule.next(at: now) == 100)
        schedule.finish(origin: "a", .fine, at: now)
        #expect(schedule.rest(of: "a", at: now) == nil)
        schedule.add(101, origin: "a")
        #expect(schedule.next(at: now) == 101)
        schedule.finish(origin: "a", .trouble(asked: nil), at: now, spread: 1.25)
        #expect(schedule.rest(of: "a", at: now) == .milliseconds(1250))
    }

    @Test("those under way together that are all refused make their origin rest once")
    func burst() {
        var schedule = TransferSchedule(perOrigin: 8, total: 8)
        for id in 1...9 { schedule.add(UInt64(id), origin: "a") }
        for _ in 1...8 { #expect(schedule.next(at: start) != nil) }
        for number in 1...8 {
            let now = start + .milliseconds(100 * number)
            schedule.finish(origin: "a", .trouble(asked: nil), startedAt: start, at: now)
        }
        #expect(schedule.next(at: start + .milliseconds(1099)) == nil)
        #expect(schedule.next(at: start + .milliseconds(1100)) == 9)
        // The next one is news, and the second in a row; what began before it is none, good or bad.
        let second = start + .seconds(2)
        schedule.finish(origin: "a", .trouble(asked: nil), startedAt: start + .milliseconds(1100), at: second)
        #expect(schedule.rest(of: "a", at: second) == .seconds(2))
        schedule.note(.fine, of: "a", startedAt: start, at: second)
        schedule.note(.trouble(asked: nil), of: "a", startedAt: second, at: second + .seconds(2))
        #expect(schedule.rest(of: "a", at: second + .seconds(2)) == .seconds(4))
        // But what a server asks for holds, whoever hears it.
        schedule.note(.trouble(asked: .seconds(60)), of: "a", startedAt: start, at: second + .seconds(2))
        #expect(schedule.rest(of: "a", at: second + .seconds(2)) == .seconds(60))
    }

    @Test("what was ended without an answer tells nothing of its origin")
    func unknown() {
        var schedule = TransferSchedule(perOrigin: 8, total: 8)
        schedule.add(1, origin: "a")
        #expect(schedule.next(at: start) == 1)
        schedule.finish(origin: "a", .trouble(asked: nil), at: start)
        schedule.note(.unknown, of: "a", at: start + .seconds(1))
        schedule.note(.trouble(asked: nil), of: "a", at: start + .seconds(1))
        #expect(schedule.rest(of: "a", at: start + .seconds(1)) == .seconds(2))
    }

    @Test("the pause of a rate is waited for, however long, and is no rest")
    func slowRate() async throws {
        let server = try HTTPServer(port: 0) { _ in HTTPResponse(status: 200, body: .bytes([1])) }
        var configuration = FetchConfiguration()
        configuration.allowedNetworks = [try Network("127.0.0.0/8")]
        configuration.requestsPerSecondAndHost = 4
        configuration.longestRest = .milliseconds(50)
        let fetcher = try Fetcher(configuration)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<3 {
                group.addTask {
                    let resource = try await fetcher.fetch("\(server.url)/\(number)")
                    #expect(resource.bytes == [1])
                }
            }
            try await group.waitForAll()
        }
    }

    @Test("a refusal whose body drips is one still, and makes its origin rest")
    func drippingRefusal() async throws {
        let server = try MisbehavingServer(.rateLimitsAndDrips)
        let fetcher = try Fetcher(HabitExpectation.configuration(for: .dripsBody))
        await #expect(throws: FetchError.rateLimited(url: server.url(), status: 429, retryAfter: .seconds(30))) {
            try await fetcher.fetch(server.url())
        }
        guard case .failure(.resting) = await fetcher.outcome(of: server.url("/other")) else {
            Issue.record("the origin was asked again")
            return
        }
        #expect(server.accepted == 1)
    }

    @Test("where a redirect leads to an origin that has enough, that one rests")
    func redirected() async throws {
        let served = Counter()
        let busy = try HTTPServer(port: 0) { _ in
            served.add(1)
            return HTTPResponse(status: 429, headers: [HTTPHeader("Retry-After", "30")])
        }
        let first = try HTTPServer(port: 0) { request in
            request.path == "/busy"
                ? HTTPResponse(status: 302, headers: [HTTPHeader("Location", "\(busy.url)/")])
                : HTTPResponse(status: 200, body: .bytes([1]))
        }
        var configuration = FetchConfiguration()
        configuration.allowedNetworks = [try Network("127.0.0.0/8")]
        let fetcher = try Fetcher(configuration)
        let url = "\(first.url)/busy"
        await #expect(throws: FetchError.rateLimited(url: url, status: 429, retryAfter: .seconds(30))) {
            try await fetcher.fetch(url)
        }
        guard case .failure(.resting) = await fetcher.outcome(of: "\(busy.url)/other") else {
            Issue.record("the origin was asked again")
            return
        }
        #expect(served.value == 1)
        #expect(try await fetcher.fetch("\(first.url)/fine").bytes == [1])
    }

    @Test("a redirect to a host that rests is not followed, however short its rest, and puts off what it is of")
    func redirectToResting() async throws {
        let busy = try MisbehavingServer(.rateLimitsForSeconds)
        let asked = Counter()
        let first = try HTTPServer(port: 0) { request in
            asked.add(1)
            return request.path == "/fine"
                ? HTTPResponse(status: 200, body: .bytes([1]))
                : HTTPResponse(status: 302, headers: [HTTPHeader("Location", busy.url(request.path))])
        }
        for longest in [Duration.seconds(1), .seconds(60)] {
            let requests = busy.requests
            var configuration = FetchConfiguration()
            configuration.allowedNetworks = [try Network("127.0.0.0/8")]
            configuration.longestRest = longest
            let fetcher = try Fetcher(configuration)
            let limited = busy.url()
            await #expect(throws: FetchError.rateLimited(url: limited, status: 429, retryAfter: .seconds(7))) {
                try await fetcher.fetch(limited)
            }
            for number in 0..<5 {
                let outcome = await fetcher.outcome(of: "\(first.url)/\(number)")
                guard case .failure(.resting(let url, let wait)) = outcome else {
                    Issue.record("the redirect was followed: \(outcome)")
                    return
                }
                #expect(url == "\(first.url)/\(number)")
                #expect(wait > .zero && wait <= .seconds(7))
            }
            #expect(busy.requests == requests + 1)
            // Who redirects has not had enough.
            #expect(try await fetcher.fetch("\(first.url)/fine").bytes == [1])
        }
        #expect(asked.value == 12)
    }

    @Test("a redirect to a host is followed again when its rest is over")
    func redirectAfterRest() async throws {
        let server = try MisbehavingServer(.unavailableOnce)
        let first = try HTTPServer(port: 0) { _ in
            HTTPResponse(status: 302, headers: [HTTPHeader("Location", server.url())])
        }
        var configuration = FetchConfiguration()
        configuration.allowedNetworks = [try Network("127.0.0.0/8")]
        let fetcher = try Fetcher(configuration)
        let url = "\(first.url)/"
        await #expect(throws: FetchError.serverError(url: url, status: 503, retryAfter: .seconds(1))) {
            try await fetcher.fetch(url)
        }
        try await waitUntil("the rest to end") {
            switch await fetcher.outcome(of: url) {
            case .success(let resource):
                #expect(!resource.bytes.isEmpty)
                return true
            case .failure(.resting): return false
            case .failure(let error): throw error
            }
        }
        #expect(server.requests == 2)
    }

    @Test("a host that rests for long is not asked again, and its fetches end with the time that is left")
    func longRest() async throws {
        let served = Counter()
        let server = try HTTPServer(port: 0) { _ in
            served.add(1)
            return HTTPResponse(status: 429, headers: [HTTPHeader("Retry-After", "30")])
        }
        var configuration = FetchConfiguration()
        configuration.allowedNetworks = [try Network("127.0.0.0/8")]
        configuration.connectionsPerHost = 1
        let fetcher = try Fetcher(configuration)
        let errors = await withTaskGroup(of: FetchError?.self) { group in
            for number in 0..<20 {
                group.addTask {
                    if case .failure(let error) = await fetcher.outcome(of: "\(server.url)/\(number)") {
                        error
                    } else {
                        nil
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(served.value == 1)
        var refused = 0
        for error in errors {
            switch error {
            case .rateLimited(_, 429, retryAfter: .seconds(30)): refused += 1
            case .resting(_, let wait): #expect(wait > .seconds(5) && wait <= .seconds(30))
            default: Issue.record("\(String(describing: error))")
            }
        }
        #expect(refused == 1)
    }
}
