import Fetch
import HTTPServer
import TestSupport
import Testing

@Suite(.serialized) struct MisbehavingServerTests {
    @Test("A server's bad habit ends in its error", arguments: ServerHabit.allCases)
    func badHabitEndsInItsError(_ habit: ServerHabit) async throws {
        let server = try MisbehavingServer(habit)
        let fetcher = try Fetcher(HabitExpectation.configuration(for: habit))
        let outcome = await fetcher.outcome(of: server.url())
        switch (HabitExpectation(habit), outcome) {
        case (.bytes(let count), .success(let resource)):
            #expect(resource.bytes.count == count)
        case (.error(let name, let holds), .failure(let error)):
            #expect(HabitExpectation.caseName(of: error) == name, "\(error)")
            #expect(holds(error), "\(error)")
            #expect(error.description.hasPrefix(server.url()))
        case (.bytes, .failure(let error)):
            Issue.record("no bytes, but \(error)")
        case (.error(let name, _), .success(let resource)):
            Issue.record("no \(name), but \(resource.bytes.count) bytes")
        }
    }

    @Test("Bad servers keep nobody from a good one")
    func badServersDoNotDisturbAGoodOne() async throws {
        let picture = [UInt8](repeating: 7, count: 100_000)
        let good = try HTTPServer(port: 0) { _ in HTTPResponse(status: 200, body: .bytes(picture)) }
        let bad = try ServerHabit.allCases.map { try MisbehavingServer($0) }
        var configuration = FetchConfiguration()
        configuration.allowedNetworks = [try Network("127.0.0.0/8")]
        configuration.maximumBytes = HabitExpectation.limit
        let fetcher = try Fetcher(configuration)
        let right = try await withThrowingTaskGroup(of: Int.self) { group in
            for server in bad {
                group.addTask {
                    _ = try? await fetcher.fetch(server.url())
                    return 0
                }
            }
            let rightOnes = try await withThrowingTaskGroup(of: Bool.self) { goodGroup in
                for number in 0..<50 {
                    goodGroup.addTask { try await fetcher.fetch("\(good.url)/\(number)").bytes == picture }
                }
                return try await goodGroup.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            // Some of the bad ones would hold their connection for the whole of the default limits.
            group.cancelAll()
            return rightOnes
        }
        #expect(right == 50)
    }

    @Test("A port with no listener is a refused connection")
    func nothingListening() async throws {
        let placeholder = try HTTPServer(port: 0) { _ in HTTPResponse(status: 200) }
        let closed = "http://127.0.0.1:\(placeholder.port)/"
        placeholder.stop()
        let fetcher = try Fetcher(HabitExpectation.configuration(for: .notFound))
        await #expect(throws: FetchError.refusedConnection(url: closed)) { try await fetcher.fetch(closed) }
    }

    @Test("A server that does not speak TLS is a failure of TLS")
    func plainServerForTLS() async throws {
        let server = try HTTPServer(port: 0) { _ in HTTPResponse(status: 200) }
        let fetcher = try Fetcher(HabitExpectation.configuration(for: .notFound))
        let error = await #expect(throws: FetchError.self) {
            try await fetcher.fetch("https://127.0.0.1:\(server.port)/")
        }
        #expect(error.map(HabitExpectation.caseName) == "tls")
    }

    @Test("A name without an address is unresolved")
    func nameWithoutAddress() async throws {
        let fetcher = try Fetcher()
        let error = await #expect(throws: FetchError.self) { try await fetcher.fetch("http://nowhere.invalid/a.jpg") }
        #expect(error == .unresolvedHost(url: "http://nowhere.invalid/a.jpg", host: "nowhere.invalid"))
    }
}
