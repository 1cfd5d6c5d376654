import Density
import Glibc
import Inference
import TestSupport
import Testing

/// A real network of ../shared/models: its maps are those that the vendor's own tools gave.
@Suite(
    .enabled(if: BM1684Simulator.isPresent, BM1684Simulator.absence),
    .enabled(if: SharedData.isPresent, Comment(rawValue: SharedData.absence)))
struct BM1684SharedModelTests {
    private static let tile = PixelSize(width: 256, height: 192)

    /// Whether the first `count` of the published tiles come out of the file for `batch` tiles as they are published.
    private func isAsPublished(_ count: Int, batch: Int) async throws -> Bool {
        let models = try #require(SharedData.folder) + "/models/"
        let bytes = Self.tile.area * Picture.channels
        let pixels = TinyNetwork.bytes(models + "mcnn-nwpu-192x256-tiles.rgb")
        try #require(pixels.count == 4 * bytes)
        let tiles = (0..<count).map {
            Tile(Picture(size: Self.tile, pixels: Array(pixels[$0 * bytes..<($0 + 1) * bytes])))
        }
        let model = SharedModel.mcnnNWPU
        let network = NetworkDescription(
            name: model.rawValue,
            files: [.init(path: models + "\(model.rawValue)-192x256-int8-b\(batch).bmodel", batch: batch)],
            tile: Self.tile, preprocessing: model.preprocessing, outputStride: model.outputStride, densityScale: 1)
        let maps = try await BM1684Simulator.run(network) { try await $0.densities(of: tiles) }
        let published = TinyNetwork.numbers(models + "mcnn-nwpu-192x256-expected.f32")
        return maps.flatMap(\.cells) == Array(published.prefix(count * published.count / 4))
    }

    @Test("The file for one tile gives the bits that were published of the file for four")
    func oneTileAgrees() async throws {
        #expect(try await isAsPublished(1, batch: 1))
    }

    @Test(
        "The file for four tiles gives the published bits",
        .enabled(if: getenv("HEADCOUNT_SLOW_TESTS") != nil, "half a minute: set HEADCOUNT_SLOW_TESTS to run it"))
    func fourTilesAgree() async throws {
        #expect(try await isAsPublished(4, batch: 4))
    }
}
