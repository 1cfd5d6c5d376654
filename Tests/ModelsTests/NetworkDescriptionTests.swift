import Density
import Digest
import Inference
import TestSupport
import Testing

@testable import Models

@Suite struct NetworkDescriptionTests {
    private let folder: TemporaryFolder
    private let manifest: ModelManifest

    init() throws {
        folder = try TemporaryFolder()
        let path = try folder.write(ManifestText.valid(), to: "crowd.json")
        for name in ["crowd.onnx", "bm1684/four.bmodel", "bm1684/one.bmodel"] {
            try folder.write(ManifestText.weights, to: name)
        }
        manifest = try ModelManifest.load(path: path)
    }

    @Test("A network is described with the files beside the manifest, smallest batch first")
    func filesBesideTheManifest() throws {
        let network = try manifest.description(for: .bm1684, filesIn: folder.path)
        #expect(network.name == "crowd-1")
        #expect(network.files.map(\.batch) == [1, 4])
        #expect(network.files.map(\.path) == ["one", "four"].map { folder.path + "/bm1684/\($0).bmodel" })
        #expect(network.tile == PixelSize(width: 768, height: 576))
        #expect(network.outputStride == 8)
        #expect(network.densityScale == 0.16)
    }

    @Test("A factor of an engine's files is part of that engine's density scale alone")
    func factorBelongsToItsEngine() throws {
        var files = manifest.files
        files[.bm1684] = manifest.files[.bm1684]?.map {
            ModelManifest.File(path: $0.path, batch: $0.batch, sha256: $0.sha256, factor: 1.25)
        }
        let scaled = try ModelManifest(name: "scaled", input: manifest.input, output: manifest.output, files: files)
        let again = try ModelManifest(json: scaled.canonicalJSON, source: "scaled")
        #expect(try again.description(for: .bm1684, filesIn: folder.path).densityScale == 0.2)
        #expect(try again.description(for: .openvino, filesIn: folder.path).densityScale == 0.16)
    }

    @Test("A simulated card gets the batch sizes of the chip without its files")
    func simulatedNeedsNoFiles() throws {
        let network = try manifest.description(for: .simulated, filesIn: "/nowhere")
        #expect(network.files.map(\.batch) == [1, 4])
    }

    @Test("A missing file is named")
    func missingFileIsNamed() throws {
        #expect(throws: ModelsError.unreadable(path: "/nowhere/crowd.onnx", reason: "No such file or directory")) {
            try manifest.description(for: .openvino, filesIn: "/nowhere")
        }
    }

    @Test("A file of other content is refused with both digests")
    func changedFileIsRefused() throws {
        let path = try folder.write("other weights", to: "crowd.onnx")
        let found = try SHA256Digest(of: Array("other weights".utf8)).description
        let needed = try SHA256Digest(of: ManifestText.weights).description
        #expect(throws: ModelsError.digestMismatch(path: path, found: found, needed: needed)) {
            try manifest.description(for: .openvino, filesIn: folder.path)
        }
    }

    @Test("An engine without files is refused with the engines there are")
    func engineWithoutFiles() throws {
        let only = try ModelManifest(
            name: "only", input: manifest.input, output: manifest.output,
            files: manifest.files.filter { $0.key == .openvino })
        #expect(throws: ModelsError.engineUnsupported(model: "only", engine: "bm1684", supported: ["openvino"])) {
            try only.description(for: .bm1684, filesIn: folder.path)
        }
    }

    @Test("The manifest of a missing path is named")
    func missingManifestIsNamed() {
        #expect(throws: ModelsError.unreadable(path: "/nowhere/a.json", reason: "No such file or directory")) {
            try ModelManifest.load(path: "/nowhere/a.json")
        }
    }
}
