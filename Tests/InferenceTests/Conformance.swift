import Density
import Inference
import TestSupport
import Testing

/// What every engine must hold, one fact per case; `check(of:)` proves one of one engine.
///
/// A suite per engine names its subjects: `@Test(arguments: subjects, Conformance.allCases)`.
enum Conformance: String, CaseIterable, CustomTestStringConvertible {
    case geometryFitsItself = "the geometry fits itself and the density maps"
    case anyNumberOfTiles = "1 to 9 tiles give one map each, in their order"
    case usageIsCounted = "usage counts every tile, and no lane that holds one twice"
    case noTilesNoMaps = "no tiles give no maps"
    case otherTilesOtherMaps = "tiles of different pictures give different maps"
    case sameBitsWhateverTheMates = "a tile gives the same bits alone and at every place among mates"
    case sameBitsWhenShared = "a tile gives the same bits when many tasks share the engine"
    case sameBitsWhenReopened = "a tile gives the same bits from an engine opened anew"
    case wrongNetworksAreRefused = "a network that is not as it is described is refused"
    case wrongSizeIsRefused = "tiles of another size are refused with both sizes"
    case closedEngineRefuses = "a closed engine refuses, and may be closed again"
    case closingWaits = "closing while tiles are computed leaves every call with its maps or the refusal"
    case cancelledCallEnds = "a cancelled call ends, and the engine goes on"

    var testDescription: String { rawValue }

    /// One engine to be proven.
    struct Subject: Sendable, CustomTestStringConvertible {
        let name: String
        let network: NetworkDescription
        /// False for a simulated card, for which every network is good.
        var readsFiles = true
        /// Opens an engine with a network.
        let load: @Sendable (NetworkDescription) async throws -> any InferenceEngine

        var testDescription: String { name }

        /// Opens the engine anew.
        func open() async throws -> any InferenceEngine { try await load(network) }
    }

    /// Proves this fact of an engine.
    func check(of subject: Subject) async throws {
        let engine = try await subject.open()
        do {
            try await check(of: engine, subject)
        } catch {
            await engine.close()
            throw error
        }
        await engine.close()
    }

    private func check(of engine: any InferenceEngine, _ subject: Subject) async throws {
        switch self {
        case .geometryFitsItself: try await Self.checkGeometry(engine)
        case .anyNumberOfTiles: try await Self.checkNumbersOfTiles(engine)
        case .usageIsCounted: try await Self.checkUsage(engine)
        case .noTilesNoMaps: #expect(try await engine.densities(of: []).isEmpty)
        case .otherTilesOtherMaps: try await Self.checkDifference(engine)
        case .sameBitsWhateverTheMates: try await Self.checkMates(engine)
        case .sameBitsWhenShared: try await Self.checkSharing(engine)
        case .sameBitsWhenReopened: try await Self.checkReopening(engine, subject)
        case .wrongNetworksAreRefused: await Self.checkRefusalOfNetworks(engine, subject)
        case .wrongSizeIsRefused: await Self.checkRefusalOfSizes(engine)
        case .closedEngineRefuses: await Self.checkClosed(engine)
        case .closingWaits: try await Self.checkClosingInUse(engine)
        case .cancelledCallEnds: try await Self.checkCancellation(engine)
        }
    }

    /// Tiles of patches of colour under noise, each cut out of a picture larger than it is at an odd place.
    static func tiles(_ count: Int, for engine: any InferenceEngine) -> [Tile] {
        let size = engine.geometry.tile
        return (0..<count).map { index in
            let whole = PixelSize(width: size.width + 3, height: size.height + 2)
            return Tile(picture: picture(whole, seed: UInt64(index + 1)), x: index % 4, y: index % 3, size: size)
        }
    }

    /// Noise alone leaves some trained networks silent; patches of 16 by 16 pixels do not.
    private static func picture(_ size: PixelSize, seed: UInt64) -> Picture {
        var noise = Noise(seed: seed)
        let columns = size.width / 16 + 1
        let patches = noise.bytes(columns * (size.height / 16 + 1) * Picture.channels)
        let row = size.width * Picture.channels
        let grain = noise.bytes(1021)
        return Picture(size: size) { pixels in
            for index in 0..<pixels.count {
                let (y, x) = index.quotientAndRemainder(dividingBy: row)
                let patch = (y / 16 * columns + x / 48) * Picture.channels + x % Picture.channels
                pixels[index] = patches[patch] / 2 + grain[index % grain.count] / 4
            }
        }
    }
}
