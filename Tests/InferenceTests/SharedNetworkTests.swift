import Density
import Inference
import TestSupport
import Testing

@Suite(
    .enabled(if: OpenVINORuntime.isPresent, Comment(rawValue: OpenVINORuntime.absence)),
    .enabled(if: SharedData.isPresent, Comment(rawValue: SharedData.absence)))
struct SharedNetworkTests {
    @Test("mcnn-nwpu counts the four published tiles as the README of ../shared/models says")
    func publishedCounts() async throws {
        let folder = try #require(SharedData.folder)
        let tile = PixelSize(width: 256, height: 192)
        let pixels = try SharedData.bytes(of: folder + "/models/mcnn-nwpu-192x256-tiles.rgb")
        let size = tile.area * Picture.channels
        try #require(pixels.count == 4 * size)
        let tiles = (0..<4).map { index in
            Tile(Picture(size: tile, pixels: Array(pixels[index * size..<(index + 1) * size])))
        }
        let library = try #require(OpenVINORuntime.library)
        let engine = try OpenVINOEngine(
            network: OpenVINORuntime.shared(.mcnnNWPU, tile: tile), library: library)
        let counts = try await engine.densities(of: tiles).map(\.count)
        // Written with three decimals there.
        for (found, published) in zip(counts, [38.759, 34.764, 119.699, 122.364]) {
            #expect(abs(found - published) <= 0.0015, "\(found)")
        }
        await engine.close()
    }
}
