import Density
import Inference
import TestSupport
import Testing

/// The host's quantisation against the chip's own: one network compiled twice, to take steps and to take numbers in
/// single precision, which the chip turns into steps itself. Its step is one unit, so that tests choose what is a tie.
@Suite(.enabled(if: BM1684Simulator.isInstalled, BM1684Simulator.absence))
struct BM1684RoundingTests {
    /// Every level of every channel, most of them many times.
    private static let tiles: [Tile] = (0..<4).map { index in
        Tile(
            Picture(size: TinyNetwork.tile) { pixels in
                for place in 0..<pixels.count {
                    pixels[place] = UInt8(truncatingIfNeeded: place * (2 * index + 1) + index)
                }
            })
    }

    private static func maps(_ file: String, mean: Float, scale: Float) async throws -> [DensityMap] {
        let network = NetworkDescription(
            name: file, files: [.init(path: TinyNetwork.path("tiny-int8-\(file)-b4.bmodel"), batch: 4)],
            tile: TinyNetwork.tile,
            preprocessing: Preprocessing(
                colour: .rgb, mean: .init(repeating: mean, count: 3), scale: .init(repeating: scale, count: 3)),
            outputStride: 4, densityScale: 1)
        return try await BM1684Simulator.run(network) { try await $0.densities(of: tiles) }
    }

    @Test(
        "Halves of either sign, and values beyond both ends, become the chip's own steps",
        arguments: [(127, 0.5), (128, 1.5), (0, 0.25), (113.8, 0.8109)] as [(Float, Float)])
    func stepsAreTheChips(mean: Float, scale: Float) async throws {
        let ours = try await Self.maps("unit", mean: mean, scale: scale)
        let chips = try await Self.maps("cast", mean: mean, scale: scale)
        let same = ours == chips
        #expect(same)
    }

    @Test("Another rule for halves would show")
    func otherRulesWouldShow() async throws {
        let chips = try await Self.maps("cast", mean: 127, scale: 0.5)
        // A hair aside, halves of one sign go to the other step: rounding up, or down.
        for mean in [127.001, 126.999] as [Float] {
            let others = try await Self.maps("unit", mean: mean, scale: 0.5)
            let same = others == chips
            #expect(!same)
        }
    }
}
