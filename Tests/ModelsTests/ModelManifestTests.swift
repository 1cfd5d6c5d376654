import Density
import Digest
import Inference
import TestSupport
import Testing

@testable import Models

@Suite struct ModelManifestTests {
    @Test("Every part of a manifest is read")
    func everyPartIsRead() throws {
        let manifest = try ModelManifest(json: Array(ManifestText.valid().utf8), source: "crowd.json")
        #expect(manifest.name == "crowd-1")
        #expect(manifest.summary == "a test")
        #expect(manifest.licence == "MIT")
        #expect(manifest.input.colour == .rgb)
        #expect(manifest.output == ModelManifest.Output(stride: 8, densityScale: 0.16))
        #expect(manifest.plan == .grid(rows: 2, columns: 2))
        #expect(manifest.files[.openvino]?.map(\.path) == ["crowd.onnx"])
        #expect(manifest.files[.bm1684]?.map(\.batch) == [4, 1])
        #expect(manifest.preprocessing.mean == [113.76559877, 104.42649814, 100.74641838])
    }

    @Test("Description, licence and plan may be absent")
    func optionalPartsMayBeAbsent() throws {
        let text = try ManifestText.valid().split(separator: "\n").filter { line in
            !["description", "licence", "plan"].contains { line.contains("\"\($0)\"") }
        }
        let manifest = try ModelManifest(json: Array(text.joined(separator: "\n").utf8), source: "crowd.json")
        #expect(manifest.summary == nil && manifest.licence == nil && manifest.plan == nil)
    }

    @Test("The canonical text gives the manifest and its digest back, however the file was written")
    func canonicalTextRoundTrips() throws {
        let text = try ManifestText.valid()
        let manifest = try ModelManifest(json: Array(text.utf8), source: "crowd.json")
        let again = try ModelManifest(json: manifest.canonicalJSON, source: "canonical")
        #expect(again == manifest)
        #expect(try again.canonicalJSON == manifest.canonicalJSON)
        let spread = text.split(separator: "\n").joined(separator: "\r\n\t\n")
        let other = try ModelManifest(json: Array(spread.utf8), source: "crowd.json")
        let digest = try manifest.digest
        #expect(try other.digest == digest)
        #expect(try ModelManifest(json: ManifestText.with("0.16", as: "0.17"), source: "").digest != digest)
    }

    /// One changed part of the valid manifest, and the key and words that the error must hold.
    private static let faults: [(part: String, other: String, key: String, words: String)] = [
        ("\"crowd-1\"", "\"Crowd\"", "name", "“Crowd”"),
        ("\"crowd-1\"", "\"\"", "name", "lower-case"),
        ("\"crowd-1\"", "7", "name", "is not a text"),
        ("\"name\": \"crowd-1\",", "", "name", "is missing"),
        ("\"licence\"", "\"license\"", "license", "the keys here are name, description, licence"),
        ("\"width\": 768", "\"width\": 767", "input.width", "stride 8"),
        ("\"width\": 768", "\"width\": 768.5", "input.width", "whole number"),
        ("\"width\": 768", "\"width\": \"768\"", "input.width", "is not a number"),
        ("\"height\": 576", "\"height\": 0", "input.height", "1 to 8192"),
        ("\"height\": 576", "\"height\": 1e6", "input.height", "1 to 8192"),
        ("\"rgb\"", "\"cmyk\"", "input.colour", "rgb, bgr, gray"),
        ("\"rgb\"", "\"gray\"", "input.mean", "has 3 values: gray needs 1"),
        ("0.013606960, ", "", "input.scale", "has 2 values: rgb needs 3"),
        ("0.013606960", "0", "input.scale", "holds 0"),
        ("113.76559877", "1e300", "input.mean", "32-bit"),
        ("113.76559877", "1e999", "it", "64 bits"),
        ("113.76559877", "null", "input.mean[0]", "is null"),
        ("\"mean\": [113.76559877, 104.42649814, 100.74641838]", "\"mean\": 3", "input.mean", "is not an array"),
        ("\"stride\": 8", "\"stride\": 0", "output.stride", "at least 1"),
        ("0.16", "0", "output.densityScale", "above 0"),
        ("0.16", "-0.16", "output.densityScale", "above 0"),
        ("\"grid:2x2\"", "\"grid:2\"", "plan", "unknown tile plan “grid:2”"),
        ("\"bm1684\":", "\"bm1688\":", "files.bm1688", "the keys here are openvino, bm1684"),
        ("\"bm1684\":", "\"simulated\":", "files.simulated", "the keys here are openvino, bm1684"),
        ("\"batch\": 4", "\"batch\": 4, \"factor\": 1.01", "files.bm1684", "different factors"),
        ("\"batch\": 4", "\"batch\": 4, \"factor\": 0", "files.bm1684", "the factor 0.0: needed is a finite number"),
        ("\"batch\": 4", "\"batch\": 0", "files.bm1684[0].batch", "1 to 64"),
        ("\"batch\": 4", "\"batch\": 1", "files.bm1684", "two files of one batch size"),
        ("crowd.onnx", "../crowd.onnx", "files.openvino[0].path", "inside the manifest's folder"),
        ("crowd.onnx", "/etc/passwd", "files.openvino[0].path", "inside the manifest's folder"),
        ("crowd.onnx", "a/../../b", "files.openvino[0].path", "inside the manifest's folder"),
        ("crowd.onnx", "", "files.openvino[0].path", "inside the manifest's folder"),
        ("\"batch\": 4,", "\"batch\": 4, \"size\": 1,", "files.bm1684[0].size", "path, batch, sha256"),
        ("\"sha256\": \"", "\"sha256\": \"x", "files.bm1684[0].sha256", "64 hexadecimal digits"),
    ]

    @Test("What cannot be used is refused in one line that names file, key and need", arguments: faults.indices)
    func faultIsNamed(index: Int) throws {
        let (part, other, key, words) = Self.faults[index]
        let json = try ManifestText.with(part, as: other)
        let error = #expect(throws: ModelsError.self) { try ModelManifest(json: json, source: "crowd.json") }
        guard case .invalid("crowd.json", key, let problem) = error else {
            Issue.record("\(part) as \(other): \(String(describing: error))")
            return
        }
        #expect(problem.contains(words), "\(problem)")
        #expect(error?.description.contains("\n") == false)
    }

    @Test("A manifest without files is refused")
    func noFilesIsRefused() throws {
        let kept = try ManifestText.valid().split(separator: "\"files\"")[0]
        let json = Array((kept + "\"files\": {}}").utf8)
        let needed = ModelsError.invalid(manifest: "crowd.json", key: "files", problem: "names no engine")
        #expect(throws: needed) { try ModelManifest(json: json, source: "crowd.json") }
    }

    @Test("A manifest made by the program is held to the same rules")
    func madeManifestIsChecked() throws {
        let file = try ModelManifest.File(path: "a.onnx", batch: 1, sha256: SHA256Digest(of: []))
        let error = #expect(throws: ModelsError.self) {
            try ModelManifest(
                name: "a", input: .init(width: 10, height: 10, colour: .gray, mean: [0], scale: [.infinity]),
                output: .init(stride: 1, densityScale: 1), files: [.openvino: [file]])
        }
        guard case .invalid(_, "input.scale", _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }
}
