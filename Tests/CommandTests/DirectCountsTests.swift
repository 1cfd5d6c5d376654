import Evaluation
import Foundation
import Glibc
import TestSupport
import Testing

/// `headcount evaluate` with networks whose counts are known.
@Suite(
    .enabled(if: SharedData.isPresent, Comment(rawValue: SharedData.absence)),
    .enabled(if: OpenVINOInstallation.isPresent, OpenVINOInstallation.absence),
    .enabled(if: getenv("HEADCOUNT_SLOW_TESTS") != nil, "minutes: set HEADCOUNT_SLOW_TESTS to run it"))
struct DirectCountsTests {
    /// A network, the pictures it is for, and how it is shown them.
    struct Known: Sendable, CustomTestStringConvertible {
        let network: String
        let pictures: String
        let plan: String
        /// Sides of a tile, where not those of the manifest.
        let tile: (width: Int, height: Int)?

        var testDescription: String { network }
    }

    private static let known = [
        Known(network: "mcnn-a", pictures: "shanghaitech-a-train", plan: "grid:1x1", tile: (768, 576)),
        Known(network: "mcnn-b", pictures: "shanghaitech-b-train", plan: "grid:1x1", tile: (768, 576)),
        Known(network: "sanet-b", pictures: "shanghaitech-b-train", plan: "native", tile: nil),
    ]

    @Test("evaluate counts ten pictures as a straightforward computation does, within 0.1 %", arguments: known)
    func direct(of known: Known) async throws {
        let shared = try #require(SharedData.folder)
        let folder = try TemporaryFolder()
        var manifest = try String(
            contentsOfFile: Checkout.root + "/Tests/Calibration/manifests/\(known.network)-whole.json", encoding: .utf8)
        if let tile = known.tile {
            manifest.replace(/"width": \d+/, with: "\"width\": \(tile.width)")
            manifest.replace(/"height": \d+/, with: "\"height\": \(tile.height)")
        }
        let model = try folder.write(manifest, to: "model.json")
        _ = try folder.copy(shared + "/models/\(known.network).onnx", to: "\(known.network).onnx")
        let expected = try TruthList(
            path: Checkout.root + "/Tests/WorkerTests/Reference/\(known.pictures)-\(known.network).csv"
        ).counts
        // Of more only the first are read: a worker's test has all.
        let names = Set(expected.keys.sorted().prefix(10))
        let rows = try String(contentsOfFile: shared + "/data/\(known.pictures)/truth.csv", encoding: .utf8)
            .split(separator: "\n").filter { names.contains(String($0.prefix { $0 != "," })) }
        let truth = try folder.write("image,count\n" + rows.joined(separator: "\n") + "\n", to: "truth.csv")
        let saved = folder.path + "/saved.json"
        let outcome = try await RunningProgram.run([
            "evaluate", "--images", shared + "/data/\(known.pictures)", "--truth", truth, "--model", model, "--plan",
            known.plan, "--save", saved, "--openvino-lib", Checkout.root + "/.runtime/openvino",
        ])
        #expect(outcome.status == 0, "\(outcome.errors)")
        let counted = try SavedEvaluation(path: saved).pictures
        #expect(Set(counted.map(\.image)) == names)
        for found in counted {
            let count = try #require(expected[found.image])
            #expect(abs(found.count - count) <= 0.001 * count, "\(found.image): \(found.count), directly \(count)")
        }
    }
}
