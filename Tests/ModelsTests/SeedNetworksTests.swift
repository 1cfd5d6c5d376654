import Density
import Foundation
import Glibc
import Imaging
import Inference
import Models
import TestSupport
import Testing

/// What Tests/Networks/README.md says of the contest's networks, for those that are soon compiled.
@Suite(
    .enabled(if: Compiler.toolchain != nil, "the compiler is not installed: run Deploy/toolchain"),
    .enabled(if: getenv("HEADCOUNT_SLOW_TESTS") != nil, "minutes: set HEADCOUNT_SLOW_TESTS to run it"))
struct SeedNetworksTests {
    private static let tile = PixelSize(width: 768, height: 576)

    private static func python(_ words: [String]) async throws -> RunningProgram.Outcome {
        let toolchain = try #require(Compiler.toolchain)
        return try await RunningProgram.run(
            [Checkout.root + "/Tests/Networks/seed/" + words[0]] + words.dropFirst(),
            executable: toolchain.folder + "/bin/python")
    }

    @Test("MCNN at full size is checked as the page has it, and compiled for one tile and for four")
    func compiled() async throws {
        let folder = try TemporaryFolder()
        let made = try await Self.python(["make", folder.path, "mcnn"])
        #expect(made.status == 0, "\(made.errors)")
        let cache = BuildCache(folder: folder.path + "/builds", toolchain: try #require(Compiler.toolchain))
        let check = try await GraphCheck.run(
            on: folder.path + "/mcnn.onnx", expecting: .init(tile: Self.tile), cache: cache)
        #expect(check.untried == [] && check.apart == [] && check.stride == 4)
        #expect(check.gmac.map { abs($0 - 11.87) < 0.01 } == true, "\(check)")
        let manifest = try ModelManifest.load(path: folder.path + "/mcnn.json")
        let compilation = Compilation(network: folder.path + "/mcnn.onnx", input: manifest.input, cache: cache)
        var noise = Noise(seed: 1)
        let calibration = Calibration(tiles: [try PictureEncoder.png(noise.picture(Self.tile))])
        for batch in [1, 4] {
            let file = try BM1684ModelFile(path: try await compilation.int8(calibration, batch: batch), model: "mcnn")
            #expect(file.inputs.map(\.storeMode) == [2], "\(batch)")
            // 61 MB and 65 MB on the page.
            #expect((60_000_000...66_000_000).contains(file.memory.total), "\(batch): \(file.memory)")
        }
    }

    @Test("CANNet as it was rewritten for the compiler is the network that was published")
    func rewritten() async throws {
        let proved = try await Self.python(["prove"])
        #expect(proved.status == 0 && proved.output.contains("cannet"), "\(proved.output) \(proved.errors)")
    }
}
