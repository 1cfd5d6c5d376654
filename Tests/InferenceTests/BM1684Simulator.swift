import Concurrency
import Density
import Glibc
import Inference
import TestSupport
import Testing

/// The vendor's simulator of the chip, where `Deploy/sophon-simulator` has fetched it.
///
/// It models one chip per process, so tests take turns.
enum BM1684Simulator {
    static let folder = Checkout.root + "/.runtime/sophon-simulator"
    static let isInstalled = access(folder + "/.stamp", R_OK) == 0
    /// False under the address sanitizer too, where a launch takes long.
    static let isPresent = isInstalled && !ResidentMemory.isSanitized
    static let absence: Comment = """
        no simulator: run Deploy/sophon-simulator; under the address sanitizer much that launches is left out
        """

    private static let turn = Gate(limit: 1)

    /// Runs `body` with the chip to itself.
    static func use<Result>(_ body: (SophonLibrary) async throws -> Result) async throws -> Result {
        try await turn.withPlace { try await body(try SophonLibrary(folder: folder)) }
    }

    /// Runs `body` with `network` on the chip, and frees the chip.
    static func run<Result>(
        _ network: NetworkDescription, options: BM1684Options = BM1684Options(),
        _ body: (BM1684Engine) async throws -> Result
    ) async throws -> Result {
        try await use { library in
            let engine = try await BM1684Engine(network, library: library, card: 0, options: options)
            do {
                let result = try await body(engine)
                await engine.close()
                return result
            } catch {
                await engine.close()
                throw error
            }
        }
    }
}

/// The networks of `Tests/InferenceTests/Models`.
enum TinyNetwork {
    static let tile = PixelSize(width: 64, height: 48)
    /// As the script that makes the models normalises.
    static let preprocessing = Preprocessing(
        colour: .rgb, mean: [113.76560402, 104.42649803, 100.74615860], scale: [0.01360642, 0.01409908, 0.01383804])

    static func path(_ file: String) -> String { Checkout.root + "/Tests/InferenceTests/Models/" + file }

    /// - Parameter kind: `int8`, `int8-out` or `float`.
    static func description(
        _ kind: String, batches: [Int] = [1, 4], densityScale: Float = 1
    ) -> NetworkDescription {
        description(
            files: batches.map { .init(path: path("tiny-\(kind)-b\($0).bmodel"), batch: $0) },
            densityScale: densityScale)
    }

    static func description(
        files: [NetworkDescription.File], tile: PixelSize = tile, stride: Int = 4, densityScale: Float = 1
    ) -> NetworkDescription {
        NetworkDescription(
            name: "tiny", files: files, tile: tile, preprocessing: preprocessing, outputStride: stride,
            densityScale: densityScale)
    }

    /// The network with the least work for a launch, of tiles of 16 by 8 pixels.
    static func tick(batches: [Int] = [1, 4]) -> NetworkDescription {
        description(
            files: batches.map { .init(path: path("tick-int8-b\($0).bmodel"), batch: $0) },
            tile: PixelSize(width: 16, height: 8))
    }

    /// Tiles of noise; those of the seeds 1 to 4 are the ones whose answers are kept.
    static func tiles(_ seeds: Range<Int>, of tile: PixelSize = tile) -> [Tile] {
        seeds.map { seed in
            var noise = Noise(seed: UInt64(seed))
            return Tile(noise.picture(tile))
        }
    }

    /// All bytes of a file; empty where it cannot be read.
    static func bytes(_ path: String) -> [UInt8] {
        guard let file = fopen(path, "re") else { return [] }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&block, 1, block.count, file), count > 0 { bytes += block[..<count] }
        return bytes
    }

    /// Little-endian floats of a file.
    static func numbers(_ path: String) -> [Float] {
        bytes(path).withUnsafeBytes { raw in
            stride(from: 0, to: raw.count / 4 * 4, by: 4).map { raw.loadUnaligned(fromByteOffset: $0, as: Float.self) }
        }
    }
}
