import Archive
import Density
import FoundationEssentials
import Imaging
import Postgres
import TestSupport
import Testing
import Worker

/// An archive in which nearly everything is broken, within a small budget of memory.
@Suite(.enabled(if: TestNetwork.isPresent, Comment(rawValue: TestNetwork.absence)))
struct HostileArchiveTests {
    /// One file and the classes it may end in; `counted` among them where a decoder may make a picture of it.
    private struct Hostile {
        let bytes: [UInt8]
        let endings: Set<String>
    }

    private static let pictures = [
        "jpeg-420.jpg", "jpeg-420-progressive.jpg", "jpeg-gray.jpg", "jpeg-cmyk.jpg", "png-type2-depth8.png",
        "png-type3-depth4.png", "png-type0-depth16.png", "webp-lossy.webp", "webp-lossless.webp",
        "tiff-strips-of-4.tiff", "tiff-tiles-of-16x16.tiff", "tiff-rgb-tiff_lzw.tiff",
    ]
    private static let broken: Set = ["corrupt", "not_a_picture", "too_large"]

    /// 288 files: cut short at every kind of place, with wrong lengths, claims of huge sizes, bytes changed at random,
    /// noise behind the right first bytes, zeros, nothing.
    private static func corpus() throws -> [Hostile] {
        var noise = Noise(seed: 5)
        var files: [Hostile] = []
        for name in pictures {
            let path = Checkout.root + "/Tests/ImagingTests/Fixtures/pictures/" + name
            let whole = try [UInt8](Data(contentsOf: URL(filePath: path)))
            for part in 0..<10 {
                files.append(Hostile(bytes: Array(whole.prefix(whole.count * part / 10)), endings: broken))
            }
            for _ in 0..<8 {
                var changed = whole
                for _ in 0..<4 {
                    let place = Int(noise.next() % UInt64(changed.count))
                    changed[place] = UInt8(truncatingIfNeeded: noise.next())
                }
                files.append(Hostile(bytes: changed, endings: broken.union(["counted"])))
            }
            for length in [64, 4096] {
                files.append(Hostile(bytes: Array(whole.prefix(12)) + noise.bytes(length), endings: broken))
            }
            // Lengths and sizes near the start, each as large as it can be.
            for place in [4, 8, 16, 20] {
                var lying = whole
                lying.replaceSubrange(place..<place + 4, with: [0x7F, 0xFF, 0xFF, 0xFF])
                files.append(Hostile(bytes: lying, endings: broken.union(["counted"])))
            }
        }
        return files
    }

    private static let habits: [(ServerHabit, String)] = [
        (.neverAnswers, "timeout"), (.closesAtOnce, "unreachable"), (.closesInHeaders, "unreachable"),
        (.closesInBody, "bad_response"), (.resetsInBody, "unreachable"), (.announcesTerabyte, "too_large"),
        (.sendsEndlessBody, "too_large"), (.sendsEndlessChunks, "too_large"), (.sendsEndlessHeaders, "bad_response"),
        (.sendsGzipBomb, "too_large"), (.sendsBadChunks, "bad_response"), (.sendsBadGzip, "bad_response"),
        (.speaksAnotherProtocol, "bad_response"), (.redirectsForever, "bad_response"), (.redirectsToFile, "bad_url"),
        (.notFoundWithEndlessBody, "not_found"), (.unauthorized, "denied"), (.rateLimitsForSeconds, "rate_limited"),
        (.unavailable, "server_error"), (.broken, "server_error"), (.sendsPage, "not_a_picture"),
    ]

    @Test(
        "every hostile file and every bad server ends in its class, the good pictures are counted, memory stays bounded"
    )
    func endings() async throws {
        let files = try Self.corpus()
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
            let memory = 16 << 20
            let worker = try await bench.worker { $0.memory = memory }
            let progress = try await worker.run()
            #expect(worker.peakPictureMemory <= memory)
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
                _ = try await bench.worker {
                    $0.imagesInFlight = 1
                    $0.dedupe = dedupe
                }.run()
                let rows = try await bench.connection.query(
                    "SELECT FROM headcount.results WHERE set_name = $1 AND infer_ms = 0 AND decode_ms = 0", [set])
                #expect(rows.count == known)
                #expect(Set(try await bench.counts(set: set).values).count == 1)
                #expect(try await bench.counts(set: set).count == 3)
            }
        }
    }
}
