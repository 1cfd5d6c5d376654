import Archive
import Concurrency
import Density
import HTTPServer
import Imaging
import Postgres
import TestSupport
import Testing
import Worker

/// A host that has enough now and then.
@Suite(.enabled(if: TestNetwork.isPresent, Comment(rawValue: TestNetwork.absence)))
struct RestingHostTests {
    @Test("pictures of a host that gives five, and then wants to be left alone, are all counted")
    func fiveAtATime() async throws {
        try await WorkerBench.with { bench in
            _ = try TestPictures.write(60, of: PixelSize(width: 48, height: 32), to: bench.folder)
            let files = try StaticFiles(folder: bench.folder.path)
            let (asked, refused) = (Locked(0), Locked(0))
            let host = try HTTPServer(port: 0) { request in
                let number = asked.withLock { asked in
                    asked += 1
                    return asked
                }
                guard number.isMultiple(of: 6) else { return files.response(to: request) }
                refused.withLock { $0 += 1 }
                return HTTPResponse(status: 429, headers: [HTTPHeader("Retry-After", "1")])
            }
            defer { host.stop() }
            try await bench.enqueue((1...60).map { "\(host.url)/\($0).png" })
            // So that nothing waits for the host within the fetcher.
            let progress = try await bench.worker(longestRest: .zero).run()
            #expect(progress.counted == 60)
            #expect(try await bench.failures().isEmpty)
            // An attempt for every answer of the host, and none beside.
            let attempts = try await bench.connection.query("SELECT FROM headcount.failures")
            #expect(attempts.count == refused.withLock { $0 })
            #expect(asked.withLock { $0 } == 60 + attempts.count)
        }
    }

    @Test("pictures that another host redirects to one that wants to be left alone are put off, at no attempt")
    func redirected() async throws {
        try await WorkerBench.with { bench in
            _ = try TestPictures.write(20, of: PixelSize(width: 48, height: 32), to: bench.folder)
            let files = try StaticFiles(folder: bench.folder.path)
            let rest = Duration.seconds(1)
            let (restsUntil, disturbed) = (Locked(ContinuousClock.now + rest), Locked(0))
            let isFirst = Locked(true)
            let host = try HTTPServer(port: 0) { request in
                let refuses = isFirst.withLock { isFirst in
                    defer { isFirst = false }
                    return isFirst
                }
                if refuses {
                    restsUntil.withLock { $0 = .now + rest }
                    return HTTPResponse(status: 429, headers: [HTTPHeader("Retry-After", "1")])
                }
                if ContinuousClock.now < restsUntil.withLock({ $0 }) { disturbed.withLock { $0 += 1 } }
                return files.response(to: request)
            }
            defer { host.stop() }
            let first = try HTTPServer(port: 0) { request in
                HTTPResponse(status: 302, headers: [HTTPHeader("Location", host.url + request.path)])
            }
            defer { first.stop() }
            try await bench.enqueue((1...20).map { "\(first.url)/\($0).png" })
            // One at a time, so that none is under way when the host has enough.
            let progress = try await bench.worker { $0.fetchesInFlight = 1 }.run()
            #expect(progress.counted == 20)
            #expect(disturbed.withLock { $0 } == 0)
            #expect(try await bench.connection.query("SELECT FROM headcount.failures").count == 1)
        }
    }

    @Test("a server that fails once and is fine then gives its picture at the second attempt")
    func fineThen() async throws {
        try await WorkerBench.with { bench in
            let bytes = try PictureEncoder.png(TestPictures.noise(PixelSize(width: 48, height: 32), seed: 1))
            let asked = Locked(0)
            let host = try HTTPServer(port: 0) { _ in
                let number = asked.withLock { asked in
                    asked += 1
                    return asked
                }
                return number == 1
                    ? HTTPResponse(status: 503, headers: [HTTPHeader("Retry-After", "1")])
                    : HTTPResponse(status: 200, body: .bytes(bytes))
            }
            defer { host.stop() }
            try await bench.enqueue(["\(host.url)/1.png"])
            #expect(try await bench.worker().run().counted == 1)
            let failures = try await bench.connection.query("SELECT class::text AS class FROM headcount.failures")
            #expect(try failures.map { try $0.decode(String.self, "class") } == ["server_error"])
            #expect(asked.withLock { $0 } == 2)
        }
    }
}
