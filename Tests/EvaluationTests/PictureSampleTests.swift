import Archive
import Concurrency
import Density
import Fetch
import Foundation
import HTTPServer
import Imaging
import TestSupport
import Testing

@testable import Evaluation

/// Samples of image sets, from a real PostgreSQL and a real server.
@Suite struct PictureSampleTests {
    private static let key = "sketch no. 7"

    /// A set of twelve pictures, of which one is no picture and one is not there, and what draws samples of it.
    private static func withSet<Result>(
        _ body: (
            _ archive: Archive, _ folder: TemporaryFolder,
            _ draw: (_ wanted: Int, _ seed: UInt64, _ truth: TruthList?) async throws -> PictureSample
        ) async throws -> Result
    ) async throws -> Result {
        try await TestArchive.withFresh { archive, _ in
            let folder = try TemporaryFolder()
            for number in 1...12 where number != 4 {
                var noise = Noise(seed: UInt64(number))
                let picture = try PictureEncoder.png(noise.picture(PixelSize(width: 48, height: 32)))
                // Cut short: its header is whole.
                try folder.write(number == 9 ? Array(picture.dropLast(900)) : picture, to: "served/\(number).png")
            }
            let files = try StaticFiles(folder: folder.path + "/served")
            let server = try HTTPServer(port: 0) { files.response(to: $0) }
            defer { server.stop() }
            var list = "url,key\n"
            for number in 1...12 { list += "\(server.url)/\(number).png,\(number == 7 ? key : "")\n" }
            try await archive.enqueueForTest("museum", list: list)
            var fetching = FetchConfiguration()
            fetching.allowedNetworks = [try Network("127.0.0.0/8")]
            let fetcher = try Fetcher(fetching)
            defer { fetcher.close() }
            return try await body(archive, folder) { wanted, seed, truth in
                try await PictureSample(
                    of: "museum", in: archive, truth: truth, wanted: wanted, seed: seed, decoder: PictureDecoder(),
                    fetch: { try await fetcher.fetch($0).bytes }, redact: Fetcher.redacted,
                    keep: { try folder.write($0, to: "kept/\(UUID().uuidString)") }, say: { _ in })
            }
        }
    }

    private static func names(_ sample: PictureSample) -> [String] {
        sample.sources.map { String($0.name.split(separator: "/").last ?? "") }
    }

    @Test("the same seed draws the same pictures, and another one others")
    func seeds() async throws {
        try await Self.withSet { _, _, draw in
            let first = try await draw(5, 1, nil)
            #expect(first.sources.count == 5 && Set(first.sources.map(\.path)).count == 5)
            #expect(Self.names(try await draw(5, 1, nil)) == Self.names(first))
            #expect(Self.names(try await draw(5, 2, nil)) != Self.names(first))
            for source in first.sources {
                let content = try Data(contentsOf: URL(filePath: source.path))
                #expect(try await PictureDecoder().header(of: Array(content)).size.width == 48)
            }
        }
    }

    @Test("what cannot be had is left out with its reason, and another picture is taken in its place")
    func replaced() async throws {
        try await Self.withSet { _, _, draw in
            let all = try await draw(100, 1, nil)
            #expect(all.sources.count == 10)
            let refused = Dictionary(uniqueKeysWithValues: all.refused.map { ($0.image.suffix(6), $0.reason) })
            #expect(refused.count == 2, "\(refused)")
            #expect(refused["/4.png"]?.contains("not found") == true, "\(refused)")
            #expect(refused["/9.png"] != nil, "\(refused)")
            let ten = try await draw(10, 1, nil)
            #expect(ten.sources.count == 10)
            #expect(Self.names(all).contains(Self.key))
        }
    }

    @Test("pictures with a true count in SQL are drawn first")
    func truthInSQL() async throws {
        try await Self.withSet { archive, _, draw in
            try await archive.keepTruth(ofSet: "museum", counts: [2: 20, 7: 70, 11: 110], source: "us")
            let sample = try await draw(5, 3, nil)
            #expect(Set(sample.sources.prefix(3).map(\.truth)) == [20, 70, 110])
            #expect(sample.sources.suffix(2).allSatisfy { $0.truth == nil } && sample.sources.count == 5)
            #expect(sample.sources.first { $0.truth == 70 }?.name == Self.key)
        }
    }

    @Test("a truth file names pictures by URL, key or file name, and nothing that is not in the set")
    func truthFile() async throws {
        try await Self.withSet { archive, _, draw in
            try await archive.keepTruth(ofSet: "museum", counts: [1: 1], source: "us")
            let text = "image,count\n2.png,2\n\(Self.key),7\n"
            let sample = try await draw(4, 1, try TruthList(csv: Array(text.utf8), source: "truth.csv"))
            // The file stands in the place of what SQL knows.
            #expect(sample.sources.prefix(2).map(\.truth).compactMap { $0 }.sorted() == [2, 7])
            #expect(sample.sources.suffix(2).allSatisfy { $0.truth == nil })
            let stranger = try TruthList(csv: Array("image,count\n99.png,2\n".utf8), source: "truth.csv")
            await #expect(
                throws: EvaluationError.unknownPictures(
                    source: "truth.csv", count: 1, first: "99.png", place: "the set museum")
            ) { try await draw(4, 1, stranger) }
        }
    }

    @Test("a set that is not there is named")
    func unknownSet() async throws {
        try await TestArchive.withFresh { archive, _ in
            _ = await #expect(throws: ArchiveError.unknownSet("nowhere")) {
                _ = try await PictureSample(
                    of: "nowhere", in: archive, truth: nil, wanted: 3, seed: 1, decoder: PictureDecoder(),
                    fetch: { _ in [] }, redact: { $0 }, keep: { _ in "" }, say: { _ in })
            }
        }
    }

    @Test("every place is drawn once, and each as often as the others", arguments: [1, 2, 7, 50])
    func places(count: Int) {
        #expect(DrawnPlaces(below: count, seed: 5).sorted() == Array(0..<count))
        var first = [Int](repeating: 0, count: count)
        let draws = 400 * count
        for seed in 0..<draws { first[DrawnPlaces(below: count, seed: UInt64(seed)).first { _ in true } ?? 0] += 1 }
        #expect(first.allSatisfy { (280...520).contains($0) }, "\(first)")
    }

    @Test("few of very many places cost no more than few")
    func manyPlaces() {
        let drawn = DrawnPlaces(below: 1 << 40, seed: 1).prefix(1000)
        #expect(Set(drawn).count == 1000 && drawn.contains { $0 > 1 << 39 } && drawn.contains { $0 < 1 << 39 })
    }
}
