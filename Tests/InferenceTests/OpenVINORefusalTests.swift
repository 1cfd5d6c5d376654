import Density
import Inference
import TestSupport
import Testing

@Suite(.enabled(if: OpenVINORuntime.isPresent, Comment(rawValue: OpenVINORuntime.absence)))
struct OpenVINORefusalTests {
    private let library: OpenVINOLibrary

    init() throws {
        library = try #require(OpenVINORuntime.library)
    }

    private static let refusals: [(network: NetworkDescription, found: String, needed: String)] = [
        (OpenVINORuntime.network("two-inputs"), "2 inputs and 1 output", "one of each"),
        (OpenVINORuntime.network("two-outputs"), "1 input and 2 outputs", "one of each"),
        (OpenVINORuntime.network("bytes"), "an input of 1-byte elements", "32-bit floats"),
        (
            OpenVINORuntime.network("rgb", colour: .gray), "an input of [?,3,?,?]",
            "one that takes [1,1,16,24]: a 24x16 tile in gray"
        ),
        (
            OpenVINORuntime.network("gray", colour: .bgr), "an input of [1,1,?,?]",
            "one that takes [1,3,16,24]: a 24x16 tile in bgr"
        ),
        (
            OpenVINORuntime.network("fixed", tile: PixelSize(width: 32, height: 16)), "an input of [1,3,16,24]",
            "one that takes [1,3,16,32]"
        ),
        (OpenVINORuntime.network("four-tiles"), "an input of [4,3,16,24]", "one that takes [1,3,16,24]"),
        (OpenVINORuntime.network("rgb", stride: 8), "an output of [1,1,4,6]", "[1,1,2,3]: one value per 8 pixels"),
        (OpenVINORuntime.network("rgb", stride: 1), "an output of [1,1,4,6]", "[1,1,16,24]"),
    ]

    @Test("A network of another kind is refused: what was found, what is needed", arguments: refusals.indices)
    func otherNetworksAreRefused(index: Int) {
        let (network, found, needed) = Self.refusals[index]
        let error = #expect(throws: InferenceError.self) {
            try OpenVINOEngine(network: network, library: library)
        }
        guard case .modelRefused(network.name, let told, let wanted) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(told.hasPrefix(found), "\(told)")
        #expect(wanted.hasPrefix(needed), "\(wanted)")
    }

    @Test("A network with no file for one tile is refused")
    func fileForOneTileIsNeeded() {
        let network = OpenVINORuntime.network("rgb")
        let four = NetworkDescription(
            name: "four", files: [.init(path: network.files[0].path, batch: 4)], tile: network.tile,
            preprocessing: network.preprocessing, outputStride: 4, densityScale: 1)
        let refused = InferenceError.modelRefused(
            model: "four", found: "files for 4 tiles per launch", needed: "a file for 1")
        #expect(throws: refused) { try OpenVINOEngine(network: four, library: library) }
    }

    @Test("A file that is not there, or is no ONNX, fails in one line that names the model", arguments: [nil, "text"])
    func unreadableFileIsNamed(content: String?) throws {
        let folder = try TemporaryFolder()
        if let content { try folder.write(content, to: "model.onnx") }
        let network = OpenVINORuntime.network("rgb")
        let broken = NetworkDescription(
            name: "broken", files: [.init(path: folder.path + "/model.onnx", batch: 1)], tile: network.tile,
            preprocessing: network.preprocessing, outputStride: 4, densityScale: 1)
        let error = #expect(throws: InferenceError.self) { try OpenVINOEngine(network: broken, library: library) }
        guard case .callFailed("ov_core_read_model", "broken", _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(error?.description.contains("\n") == false)
    }
}
