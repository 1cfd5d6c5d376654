import Density
import Glibc
import Inference
import Scenes
import TestSupport
import Testing

/// The default model's files for the card on the vendor's simulator of the chip.
@Suite(
    .enabled(if: BM1684Simulator.isPresent, BM1684Simulator.absence),
    .enabled(if: Compiler.toolchain != nil, "the compiler is not installed: run Deploy/toolchain"),
    .enabled(if: getenv("HEADCOUNT_SLOW_TESTS") != nil, "minutes: set HEADCOUNT_SLOW_TESTS to run it"))
struct CrowdOnChipTests {
    private static let tile = PixelSize(width: 768, height: 576)

    private func description(_ files: [(name: String, batch: Int)]) -> NetworkDescription {
        let folder = Checkout.root + "/Deploy/models/crowd/"
        return NetworkDescription(
            name: "crowd", files: files.map { .init(path: folder + $0.name, batch: $0.batch) }, tile: Self.tile,
            preprocessing: Preprocessing(
                colour: .rgb, mean: [127, 127, 127], scale: [0.0078125, 0.0078125, 0.0078125]),
            outputStride: 8, densityScale: 0.01)
    }

    /// The upper left of the first rendered scene that is large enough and holds a crowd.
    private func crowdedTile() throws -> Tile {
        let renderer = SceneRenderer(seed: 1)
        for scene in (0..<200).lazy.map(renderer.scene) {
            guard scene.size.width >= Self.tile.width, scene.size.height >= Self.tile.height else { continue }
            let rendered = try renderer.render(scene)
            if rendered.heads.count > 50 { return Tile(picture: rendered.picture, x: 0, y: 0, size: Self.tile) }
        }
        throw NoCrowd()
    }

    private struct NoCrowd: Error {}

    @Test("one tile and four have the bits of the compiler's own arithmetic")
    func filesAgree() async throws {
        let tile = try crowdedTile()
        let reference = try await Int8ReferenceEngine(
            description([("crowd-int8-reference.zip", 1)]), toolchain: #require(Compiler.toolchain))
        let expected = try #require(try await reference.densities(of: [tile]).first)
        await reference.close()
        #expect(expected.count > 20)
        for batch in [1, 4] {
            let network = description([("crowd-int8-b\(batch).bmodel", batch)])
            let maps = try await BM1684Simulator.run(network) {
                try await $0.densities(of: Array(repeating: tile, count: batch))
            }
            #expect(maps == Array(repeating: expected, count: batch), "the file for \(batch)")
        }
    }
}
