import HTTPServer
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
        for error in errors {
            guard case .rateLimited(_, 429, let wait?)? = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
            #expect(wait > .seconds(5) && wait <= .seconds(30))
        }
    }
}
