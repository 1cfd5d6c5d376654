import Density
import Glibc
import Inference
import TestSupport
import Testing

/// What takes the simulator a minute or two: it spends 0.2 s on the smallest launch.
@Suite(
    .enabled(if: BM1684Simulator.isPresent, BM1684Simulator.absence),
    .enabled(if: getenv("HEADCOUNT_SLOW_TESTS") != nil, "minutes of simulation: set HEADCOUNT_SLOW_TESTS to run them"))
struct BM1684EnduranceTests {
    @Test("Two hundred launches leave nothing behind, and the process ends well")
    func launchesDoNotGrow() async {
        await #expect(processExitsWith: .success) {
            let tiles = TinyNetwork.tiles(1..<5)
            let growth = try await BM1684Simulator.run(TinyNetwork.description("int8", batches: [4])) { engine in
                let first = try await engine.densities(of: tiles)
                for _ in 0..<20 { _ = try await engine.densities(of: tiles) }
                let before = ResidentMemory.bytes
                for _ in 0..<180 {
                    let maps = try await engine.densities(of: tiles)
                    try #require(maps == first)
                }
                return ResidentMemory.bytes - before
            }
            try #require(growth < 4 << 20, "the process grew by \(growth) bytes")
        }
    }

    @Test("A hundred engines opened, used and closed leave nothing behind")
    func reopeningDoesNotGrow() async {
        await #expect(processExitsWith: .success) {
            // The simulator refuses to end well where a buffer of the device was not freed.
            let subject = Conformance.Subject(name: "int8") {
                try await BM1684Engine(
                    TinyNetwork.description("int8", batches: [4]),
                    library: SophonLibrary(folder: BM1684Simulator.folder), card: 0)
            }
            let growth = try await Conformance.growth(of: subject)
            try #require(growth < 4 << 20, "the process grew by \(growth) bytes")
        }
    }

    @Test(
        "A real network's maps are those that the vendor's own tools gave",
        .enabled(if: SharedData.isPresent, Comment(rawValue: SharedData.absence)))
    func realNetworkAgrees() async throws {
        let models = try #require(SharedData.folder) + "/models/"
        let tile = PixelSize(width: 256, height: 192)
        let pixels = TinyNetwork.bytes(models + "mcnn-nwpu-192x256-tiles.rgb")
        try #require(pixels.count == 4 * tile.area * 3)
        let tiles = (0..<4).map { index in
            let start = index * tile.area * 3
            return Tile(Picture(size: tile, pixels: Array(pixels[start..<start + tile.area * 3])))
        }
        let network = NetworkDescription(
            name: "mcnn-nwpu", files: [.init(path: models + "mcnn-nwpu-192x256-int8-b4.bmodel", batch: 4)],
            tile: tile,
            preprocessing: Preprocessing(
                colour: .rgb, mean: [0.446139603853, 0.409515678883, 0.395083993673].map { Float($0 * 255) },
                scale: [0.288205742836, 0.278144598007, 0.283502370119].map { Float(1 / (255 * $0)) }),
            outputStride: 4, densityScale: 1)
        let maps = try await BM1684Simulator.run(network) { try await $0.densities(of: tiles) }
        let expected = TinyNetwork.numbers(models + "mcnn-nwpu-192x256-expected.f32")
        let same = maps.flatMap(\.cells) == expected
        #expect(same)
    }
}
