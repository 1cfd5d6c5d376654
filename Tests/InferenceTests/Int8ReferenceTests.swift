import Density
import Glibc
import Inference
import TestSupport
import Testing

/// The compiler's arithmetic on the CPU against the vendor's simulator of the chip.
@Suite(
    .enabled(if: BM1684Simulator.isPresent, BM1684Simulator.absence),
    .enabled(if: Compiler.toolchain != nil, "the compiler is not installed: run Deploy/toolchain"))
struct Int8ReferenceTests {
    private func maps(of network: NetworkDescription, _ tiles: [Tile]) async throws -> [DensityMap] {
        let engine = try await Int8ReferenceEngine(network, toolchain: #require(Compiler.toolchain))
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

    @Test("a file that is no quantised network is refused with the interpreter's words")
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
