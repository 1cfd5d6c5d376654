import Density
import Inference
import TestSupport
import Testing

@Suite(.enabled(if: OpenVINORuntime.isPresent, Comment(rawValue: OpenVINORuntime.absence)))
struct OpenVINOEngineTests {
    private let library: OpenVINOLibrary

    init() throws {
        library = try #require(OpenVINORuntime.library)
    }

    private static let readings: [NetworkDescription] = [
        OpenVINORuntime.network("rgb"),
        OpenVINORuntime.network("rgb", colour: .bgr, mean: 127.5, scale: 1 / 255, densityScale: 0.16),
        OpenVINORuntime.network("rgb", mean: 100, scale: -0.5, tile: PixelSize(width: 36, height: 8)),
        OpenVINORuntime.network("gray", colour: .gray, mean: 40, scale: 0.25, densityScale: 3),
        OpenVINORuntime.network("fixed"),
        OpenVINORuntime.network("int8"),
    ]

    @Test("Densities are those of the network's formula, computed step by step", arguments: readings)
    func densitiesFollowTheFormula(network: NetworkDescription) async throws {
        let engine = try OpenVINOEngine(network: network, library: library)
        let tiles = Conformance.tiles(5, for: engine)
        let formula = TinyNetworkFormula(preprocessing: network.preprocessing)
        for (tile, map) in zip(tiles, try await engine.densities(of: tiles)) {
            let expected = formula.cells(of: tile).map { $0 * Double(network.densityScale) }
            #expect(expected.contains { $0 > 0 })
            for (found, needed) in zip(map.cells, expected) {
                #expect(abs(Double(found) - needed) <= 1e-5 * max(1, abs(needed)))
            }
        }
        await engine.close()
    }

    @Test("The engine says what it is")
    func identityIsTold() async throws {
        let engine = try OpenVINOEngine(network: OpenVINORuntime.network("rgb"), library: library, requests: 3)
        #expect(engine.identity.kind == .openvino)
        #expect(engine.identity.device == "cpu")
        #expect(engine.identity.version == library.version)
        #expect(!engine.identity.simulated)
        #expect(engine.geometry.batchSizes == [1])
        #expect(engine.geometry.cells == PixelSize(width: 6, height: 4))
        #expect(engine.concurrency == 3)
        await engine.close()
    }

    @Test("One thread or two, one tile at a time or three: the bits are the same", arguments: [1, 2], [1, 3])
    func bitsDoNotDependOnThreads(threads: Int, requests: Int) async throws {
        let network = OpenVINORuntime.network("rgb", mean: 127.5, scale: 1 / 255)
        let reference = try OpenVINOEngine(network: network, library: library)
        let other = try OpenVINOEngine(network: network, library: library, threads: threads, requests: requests)
        let tiles = Conformance.tiles(4, for: reference)
        #expect(try await other.densities(of: tiles) == reference.densities(of: tiles))
        await other.close()
        await reference.close()
    }

    @Test("A model file needs no name of its own, as in a store where its digest is its name")
    func fileNameDoesNotMatter() async throws {
        let folder = try TemporaryFolder()
        let named = OpenVINORuntime.network("rgb")
        let path = try folder.copy(named.files[0].path, to: "e3b0c44298fc1c149afbf4c8996fb924")
        let network = NetworkDescription(
            name: "stored", files: [.init(path: path, batch: 1)], tile: named.tile,
            preprocessing: named.preprocessing, outputStride: 4, densityScale: 1)
        let engine = try OpenVINOEngine(network: network, library: library)
        #expect(try await engine.densities(of: Conformance.tiles(1, for: engine)).count == 1)
        await engine.close()
    }
}
