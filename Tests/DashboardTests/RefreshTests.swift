import Concurrency
import FoundationEssentials
import Glibc
import HTTPServer
import Postgres
import Telemetry
import TestSupport
import Testing

@testable import Dashboard

/// The page over many refreshes, with a clock that is two seconds on at each.
@Suite struct RefreshTests {
    private static let isLong = getenv("HEADCOUNT_SLOW_TESTS") != nil
    private static let paths = [
        "/api/status", "/api/runs", "/api/cards", "/api/workers", "/api/runs/1", "/api/runs/1/failures",
        "/api/runs/1/crowded",
    ]

    @Test("an hour of refreshes asks anew each time, and nothing grows")
    func hour() async throws {
        let (images, refreshes) = Self.isLong ? (1_000_000, 3600) : (5000, 60)
        try await BusyArchive.withFresh(images: images) { connection in
            let elapsed = Locked(Duration.zero)
            let start = ContinuousClock.now
            let database = DashboardDatabase(connection.configuration) { start + elapsed.withLock { $0 } }
            let metrics = Metrics()
            let page = Dashboard(
                database, token: nil, localOnly: true, version: "0", pictures: nil, metrics: metrics, tell: { _ in })
            var times: [Duration] = []
            var memory: [Int] = []
            // Of each refresh.
            var cards: Set<Int> = []
            for number in 0..<refreshes {
                elapsed.withLock { $0 += .seconds(2) }
                let before = ContinuousClock.now
                for path in Self.paths {
                    let response = await page.answer(to: try #require(HTTPRequest(method: "GET", target: path)))
                    try #require(response.status == 200, "\(path)")
                    if case .text(let text) = response.body, path == "/api/cards" {
                        cards.insert(text.ranges(of: #""card":"#).count)
                    }
                }
                times.append(before.duration(to: .now))
                if number % (refreshes / 6) == 0 { memory.append(ProcessUsage.residentBytes ?? 0) }
            }
            #expect(cards == [BusyArchive.cards])
            let text = metrics.text
            #expect(text.contains("headcount_page_request_seconds_count{route=\"crowded\"} \(refreshes)\n"))
            // What else runs in this process makes itself felt, unless this is all that runs.
            guard Self.isLong else { return }
            times.sort()
            print(
                "refreshes \(refreshes): median \(times[refreshes / 2]), 99 % \(times[refreshes * 99 / 100]), slowest "
                    + "\(times[refreshes - 1]), resident \(memory.map { "\($0 >> 10) KiB" })")
            #expect(times[refreshes * 99 / 100] < .milliseconds(200))
            #expect(try #require(memory.last) < memory[1] + (4 << 20))
        }
    }

    @Test("pictures are drawn once, and the shelf holds no more than it may")
    func shelf() async throws {
        let drawn = Locked(0)
        let shelf = PictureShelf(limit: 1000) { _, image, _ in
            drawn.withLock { $0 += 1 }
            return PagePicture(
                jpeg: [UInt8](repeating: 0, count: 300), density: "kept", people: 1, highest: 1,
                problem: image == 9 ? "changed" : nil)
        }
        func ask(_ image: Int) async throws {
            _ = try await shelf.picture(PictureShelf.Key(run: 1, image: image, longest: 320))
        }
        for image in [1, 2, 3, 1, 2, 3] { try await ask(image) }
        #expect(drawn.withLock { $0 } == 3)
        // The fourth takes the place of the one that was longest not asked for.
        for image in [1, 4, 1, 3, 4] { try await ask(image) }
        #expect(drawn.withLock { $0 } == 4)
        try await ask(2)
        #expect(drawn.withLock { $0 } == 5)
        // What was not as it was counted is drawn again.
        for _ in 1...2 { try await ask(9) }
        #expect(drawn.withLock { $0 } == 7)
    }
}
