import Counting
import Density
import Imaging
import Inference
import Models
import Scenes
import TestSupport

/// The default model of this checkout on the CPU, and rendered scenes to count with it.
enum CrowdModel {
    /// Why a test that needs the runtime is skipped.
    static let absence = "OpenVINO is not installed: run Deploy/openvino"
    static let library = try? OpenVINOLibrary()
    static var isPresent: Bool { library != nil }

    private static let folder = Checkout.root + "/Deploy/models/crowd"

    /// A model that is loaded, with its own plan.
    struct Counter: Sendable {
        let network: LoadedNetwork
        let plan: TilePlan

        func count(_ bytes: [UInt8]) async throws -> Double {
            let cut = try await network.cut(bytes, by: plan, decoder: PictureDecoder())
            return try network.count(cut, from: try await network.engine.densities(of: cut.tiles)).people
        }

        func count(_ picture: Picture) async throws -> Double {
            try await count(PictureEncoder.png(picture))
        }
    }

    /// - Parameter manifest: one of those in the model's folder.
    static func counter(_ manifest: String = "crowd") throws -> Counter {
        let manifest = try ModelManifest.load(path: "\(folder)/\(manifest).json")
        let engine = try OpenVINOEngine(
            network: manifest.description(for: .openvino, filesIn: folder), library: OpenVINOLibrary(), threads: 1)
        let network = LoadedNetwork(name: manifest.name, engine: engine, padding: manifest.preprocessing.padding)
        return Counter(network: network, plan: manifest.plan ?? .native)
    }

    /// Scenes of a seed that are wanted, at most `limit`; the smallest pictures alone, since rendering is slow in a
    /// build for debugging.
    static func scenes(seed: UInt64, limit: Int, where isWanted: @escaping (Scene) -> Bool) throws -> [RenderedScene] {
        let renderer = SceneRenderer(seed: seed)
        let small = (0..<60).lazy.map(renderer.scene).filter { $0.size.area <= 640 * 480 && isWanted($0) }
        return try small.prefix(limit).map(renderer.render)
    }
}
