import Archive
import Counting
import Density
import Digest
import FoundationEssentials
import Inference
import Models
import TestSupport

/// The tiny network of Tests/Networks/rgb.onnx, as a model and as a formula.
///
/// Two features of each pixel, weighted and summed over squares of four by four pixels: a cell's density depends on the
/// pixels under it alone, so that the count of a picture is the same however it is cut.
enum TestNetwork {
    static let name = "rgb"
    static let stride = 4

    /// Why a test that needs the runtime is skipped.
    static let absence = "OpenVINO is not installed: run Deploy/openvino"
    static let library = try? OpenVINOLibrary()
    static var isPresent: Bool { library != nil }

    /// Adds the model to an archive, as its default; or once more, under another name.
    static func add(to archive: Archive, tile: PixelSize, as name: String = name) async throws {
        let file = try [UInt8](Data(contentsOf: URL(filePath: "\(Checkout.root)/Tests/Networks/\(Self.name).onnx")))
        let digest = try SHA256Digest(of: file)
        let manifest = try ModelManifest(
            json: Array(
                """
                {"name": "\(name)", "plan": "native",
                 "input": {"width": \(tile.width), "height": \(tile.height), "colour": "rgb",
                           "mean": [0, 0, 0], "scale": [1, 1, 1]},
                 "output": {"stride": \(stride), "densityScale": 0.001},
                 "files": {"openvino": [{"path": "rgb.onnx", "batch": 1, "sha256": "\(digest)"}]}}
                """.utf8), source: "the test's manifest")
        try await archive.addModel(
            name: name, manifest: String(decoding: try manifest.canonicalJSON, as: UTF8.self),
            digest: try manifest.digest.description, files: [digest.description: file],
            makeDefault: name == Self.name)
    }

    static func engines() throws -> EngineFactory {
        let library = try OpenVINOLibrary()
        return EngineFactory(
            identity: EngineIdentity(kind: .openvino, device: "cpu", version: library.version, simulated: false)
        ) { try OpenVINOEngine(network: $0, library: library, threads: 2) }
    }

    /// What the network counts in a picture whose sides are multiples of its stride.
    static func count(_ picture: Picture) -> Double {
        let features = [[2.0, -1, 1], [-1, 3, 1]].map { $0.map { $0 / 8 } }
        let bias = [1.0, 2].map { $0 / 8 }
        var sum = 0.0
        for y in 0..<picture.size.height {
            for x in 0..<picture.size.width {
                let place = (y * picture.size.width + x) * 3
                for feature in 0..<2 {
                    var value = bias[feature]
                    for channel in 0..<3 {
                        value += features[feature][channel] * Double(picture.pixels[place + channel])
                    }
                    let weight = Double((feature * 16 + y % 4 * 4 + x % 4) % 5 + 1) / 8
                    sum += max(0, value) * weight
                }
            }
        }
        return sum * 0.001
    }
}
