import Density
import Inference
import TestSupport

/// The CPU runtime that the tests run on, and the networks they run.
enum OpenVINORuntime {
    /// Why a test that needs the runtime is skipped.
    static let absence = "OpenVINO is not installed: run Deploy/openvino"

    /// The runtime, where it is installed; opened once for all tests.
    static let library: OpenVINOLibrary? = try? OpenVINOLibrary()

    static var isPresent: Bool { library != nil }

    /// A network of Tests/Networks.
    static func network(
        _ name: String, colour: ChannelOrder = .rgb, mean: Float = 0, scale: Float = 1,
        tile: PixelSize = PixelSize(width: 24, height: 16), stride: Int = 4, densityScale: Float = 1
    ) -> NetworkDescription {
        NetworkDescription(
            name: name, files: [.init(path: "\(Checkout.root)/Tests/Networks/\(name).onnx", batch: 1)], tile: tile,
            preprocessing: Preprocessing(
                colour: colour, mean: .init(repeating: mean, count: colour.channels),
                scale: .init(repeating: scale, count: colour.channels)),
            outputStride: stride, densityScale: densityScale)
    }

    /// A network of ../shared/models, read as its README says.
    static func shared(_ model: SharedModel, tile: PixelSize) -> NetworkDescription {
        NetworkDescription(
            name: model.rawValue,
            files: [.init(path: "\(SharedData.folder ?? "")/models/\(model.rawValue).onnx", batch: 1)], tile: tile,
            preprocessing: model.preprocessing, outputStride: model.outputStride, densityScale: model.densityScale)
    }
}
