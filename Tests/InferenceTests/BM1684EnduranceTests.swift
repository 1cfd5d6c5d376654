import Density
import Inference
import Testing

/// What must not grow, on the network with the least work for a launch. In processes of their own: the simulator refuses
/// to end well where a buffer of the device was not freed.
@Suite(.enabled(if: BM1684Simulator.isInstalled, BM1684Simulator.absence))
struct BM1684EnduranceTests {
    @Test("Two hundred launches leave nothing behind, and the process ends well")
    func launchesDoNotGrow() async {
        await #expect(processExitsWith: .success) {
            let network = TinyNetwork.tick(batches: [4])
            let tiles = TinyNetwork.tiles(1..<5, of: network.tile)
            let growth = try await BM1684Simulator.run(network) { engine in
                let first = try await engine.densities(of: tiles)
                for _ in 0..<20 { _ = try await engine.densities(of: tiles) }
                let before = ResidentMemory.bytes
                for _ in 0..<180 {
                    let maps = try await engine.densities(of: tiles)
                    try #require(maps == first)
                }
                return ResidentMemory.bytes - before
            }
            try #require(growth < ResidentMemory.tolerance, "the process grew by \(growth) bytes")
        }
    }

    @Test("A hundred engines opened, used and closed leave nothing behind")
    func reopeningDoesNotGrow() async {
        await #expect(processExitsWith: .success) {
            let growth = try await Conformance.growth(of: BM1684ConformanceTests.subject)
            try #require(growth < ResidentMemory.tolerance, "the process grew by \(growth) bytes")
        }
    }
}
