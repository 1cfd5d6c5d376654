import Density
import Glibc
import Inference
import Models
import TestSupport
import Testing

/// The compiler's arithmetic on the CPU against the vendor's simulator of the chip.
@Suite(
    .enabled(if: BM1684Simulator.isPresent, BM1684Simulator.absence),
    .enabled(if: Compiler.toolchain != nil, "the compiler is not installed: run Deploy/toolchain"))
struct Int8ReferenceTests {
    private func maps(of network: NetworkDescription, _ tiles: [Tile]) async throws -> [DensityMap] {
        let engine = try await Int8ReferenceEngine(network, toolchain: #require(Compiler.toolchain))
        #expect(!engine.isInterpreted)
        let maps = try await engine.densities(of: tiles)
        await engine.close()
        return maps
    }

    @Test("eight tiles of the tiny network have the simulator's bits")
    func tinyNetworkAgrees() async throws {
        let tiles = TinyNetwork.tiles(1..<9)
        let reference = TinyNetwork.description(
            files: [.init(path: TinyNetwork.path("tiny-int8-reference.zip"), batch: 1)], densityScale: 0.01)
        let expected = try await BM1684Simulator.run(TinyNetwork.description("int8", densityScale: 0.01)) {
            try await $0.densities(of: tiles)
        }
        let found = try await maps(of: reference, tiles)
        #expect(found == expected)
        #expect(Set(found.map(\.count)).count == 8)
    }

    /// The network of ../shared/models, quantised by the table that lies there: the same as its compiled files.
    @Test(
        "eight tiles of a real network have the simulator's bits",
        .enabled(if: SharedData.isPresent, Comment(rawValue: SharedData.absence)),
        .enabled(if: getenv("HEADCOUNT_SLOW_TESTS") != nil, "two minutes: set HEADCOUNT_SLOW_TESTS to run it"))
    func realNetworkAgrees() async throws {
        let models = try #require(SharedData.folder) + "/models/"
        let (model, size) = (SharedModel.mcnnNWPU, PixelSize(width: 256, height: 192))
        let folder = try TemporaryFolder()
        let compilation = Compilation(
            network: models + "\(model.rawValue).onnx",
            input: ModelManifest.Input(
                width: size.width, height: size.height, colour: model.preprocessing.colour,
                mean: model.preprocessing.mean.map { Double($0) }, scale: model.preprocessing.scale.map { Double($0) }),
            cache: BuildCache(folder: folder.path, toolchain: try #require(Compiler.toolchain)))
        let archive = try await compilation.reference(
            Calibration(tiles: [], table: models + "\(model.rawValue)-192x256.calibration.txt"))
        let network = { (path: String, batch: Int) in
            NetworkDescription(
                name: model.rawValue, files: [.init(path: path, batch: batch)], tile: size,
                preprocessing: model.preprocessing, outputStride: model.outputStride, densityScale: model.densityScale)
        }

        let pixels = TinyNetwork.bytes(models + "mcnn-nwpu-192x256-tiles.rgb")
        let bytes = size.area * Picture.channels
        try #require(pixels.count == 4 * bytes)
        let published = (0..<4).map { Array(pixels[$0 * bytes..<($0 + 1) * bytes]) }
        // The same pictures upside down: other tiles for a network.
        let turned = published.map { pixels in
            (0..<size.height).reversed().flatMap { row in
                pixels[row * size.width * Picture.channels..<(row + 1) * size.width * Picture.channels]
            }
        }
        let tiles = (published + turned).map { Tile(Picture(size: size, pixels: $0)) }
        let expected = try await BM1684Simulator.run(
            network(models + "\(model.rawValue)-192x256-int8-b4.bmodel", 4)
        ) { try await $0.densities(of: tiles) }
        let found = try await maps(of: network(archive, 1), tiles)
        #expect(found == expected)
        #expect(Set(found.map(\.count)).count == 8)
    }

    @Test("a file that is no quantised network is refused with the words of what reads it")
    func otherFile() async throws {
        let network = TinyNetwork.description(
            files: [.init(path: TinyNetwork.path("tiny-int8-expected.f32"), batch: 1)])
        await #expect(throws: InferenceError.self) { try await maps(of: network, []) }
    }

    @Test("a closed engine computes nothing more")
    func closed() async throws {
        let reference = TinyNetwork.description(
            files: [.init(path: TinyNetwork.path("tiny-int8-reference.zip"), batch: 1)])
        let engine = try await Int8ReferenceEngine(reference, toolchain: #require(Compiler.toolchain))
        await engine.close()
        await engine.close()
        await #expect(throws: InferenceError.closed(device: "cpu")) {
            try await engine.densities(of: TinyNetwork.tiles(1..<2))
        }
    }
}

/// The compiler, where `Deploy/toolchain` has set it up.
enum Compiler {
    static let toolchain = try? Toolchain(named: Checkout.root + "/.runtime/toolchain")
}
