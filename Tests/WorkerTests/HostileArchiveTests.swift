import Archive
import Concurrency
import Density
import FoundationEssentials
import Imaging
import Postgres
import Telemetry
import TestSupport
import Testing

@testable import Worker

/// An archive in which nearly everything is broken, within a small budget of memory; what it takes in truth,
/// HostileMemoryTests measure.
@Suite(.enabled(if: TestNetwork.isPresent, Comment(rawValue: TestNetwork.absence)))
struct HostileArchiveTests {
    private static let habits: [(ServerHabit, String)] = [
        (.neverAnswers, "timeout"), (.closesAtOnce, "unreachable"), (.closesInHeaders, "unreachable"),
        (.closesInBody, "bad_response"), (.resetsInBody, "unreachable"), (.announcesTerabyte, "too_large"),
        (.sendsEndlessBody, "too_large"), (.sendsEndlessChunks, "too_large"), (.sendsEndlessHeaders, "bad_response"),
        (.sendsGzipBomb, "too_large"), (.sendsBadChunks, "bad_response"), (.sendsBadGzip, "bad_response"),
        (.speaksAnotherProtocol, "bad_response"), (.redirectsForever, "bad_response"), (.redirectsToFile, "bad_url"),
        (.notFoundWithEndlessBody, "not_found"), (.unauthorized, "denied"), (.rateLimitsForSeconds, "rate_limited"),
        (.unavailable, "server_error"), (.rateLimitsAndDrips, "rate_limited"),
        (.broken, "server_error"), (.sendsPage, "not_a_picture"),
    ]

    @Test(
        "every hostile file and every bad server ends in its class, and the good pictures are counted"
    )
    func endings() async throws {
        let files = try HostileCorpus.files()
        #expect(files.count >= 200)
        let servers = try Self.habits.map { try MisbehavingServer($0.0) }
        defer { servers.forEach { $0.stop() } }
        try await WorkerBench.with { bench in
            _ = try await bench.connection.query("UPDATE headcount.failure_classes SET attempts = 1")
            _ = try TestPictures.write(20, of: PixelSize(width: 48, height: 32), to: bench.folder)
            for (number, file) in files.enumerated() { try bench.folder.write(file.bytes, to: "hostile-\(number)") }
            let hostile = files.indices.map { "hostile-\($0)" }
            let bad = zip(servers, Self.habits).map { $0.url("/\($1.0.rawValue)") }
            try await bench.enqueue(hostile + bad + (1...20).map { "\($0).png" })
            let progress = try await bench.worker { $0.memory = 16 << 20 }.run()
            let (counts, failures) = (try await bench.counts(), try await bench.failures())
            #expect(progress.counted == counts.count && progress.failed == failures.count)
            for number in 1...20 { #expect(counts["\(number).png"] != nil) }
            for (number, file) in files.enumerated() {
                let name = "hostile-\(number)"
                let ending = failures[name] ?? (counts[name] == nil ? "nothing" : "counted")
                #expect(file.endings.contains(ending), "\(name) of \(file.bytes.count) bytes ended as \(ending)")
            }
            for (habit, ending) in Self.habits { #expect(failures[habit.rawValue] == ending, "\(habit)") }
            #expect(try await bench.archive.progress(ofSet: "set").map(\.state) == ["done"])
        }
    }

    @Test("the same bytes under another URL take the known count, unless every picture is to be counted")
    func dedupe() async throws {
        try await WorkerBench.with { bench in
            let bytes = try PictureEncoder.png(TestPictures.noise(PixelSize(width: 48, height: 32), seed: 1))
            for name in ["a.png", "b.png", "c.png"] { try bench.folder.write(bytes, to: name) }
            for (set, dedupe, known) in [("once", true, 2), ("again", false, 0)] {
                try await bench.enqueue(["a.png", "b.png", "c.png"], set: set)
                let (metrics, slow) = (WorkerMetrics(), Locked<[SlowPicture.Ending]>([]))
                let worker = try await bench.worker(metrics: metrics) {
                    $0.imagesInFlight = 1
                    $0.dedupe = dedupe
                    $0.slowPicture = .zero
                } onEvent: { event in
                    if case .slow(let picture) = event { slow.withLock { $0.append(picture.ending) } }
                }
                _ = try await worker.run()
                // Every image has one outcome.
                #expect(metrics.counting.images.value("known") == Double(known))
                #expect(metrics.counting.images.value("counted") == Double(3 - known))
                #expect(slow.withLock { $0.count { $0 == .known } } == known)
                #expect(slow.withLock { $0.count { $0 == .counted } } == 3 - known)
                let rows = try await bench.connection.query(
                    "SELECT FROM headcount.results WHERE set_name = $1 AND infer_ms = 0 AND decode_ms = 0", [set])
                #expect(rows.count == known)
                #expect(Set(try await bench.counts(set: set).values).count == 1)
                #expect(try await bench.counts(set: set).count == 3)
            }
        }
    }
}
