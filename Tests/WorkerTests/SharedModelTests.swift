import Archive
import CSV
import Density
import Digest
import Foundation
import Inference
import Models
import TestSupport
import Testing
import Worker

/// Real networks on real photographs, fetched over HTTP and counted end to end.
@Suite(
    .enabled(if: SharedData.isPresent, Comment(rawValue: SharedData.absence)),
    .enabled(if: TestNetwork.isPresent, Comment(rawValue: TestNetwork.absence)))
struct SharedModelTests {
    /// All 400 pictures take some minutes: they are counted where `HEADCOUNT_SLOW_TESTS` is set, else every 40th.
    private static let step = ProcessInfo.processInfo.environment["HEADCOUNT_SLOW_TESTS"] == nil ? 40 : 1

    @Test("sanet-b counts every picture as a straightforward computation does, within 0.1 %")
    func reference() async throws {
        let expected = try Self.column(
            "count", of: "\(Checkout.root)/Tests/WorkerTests/Reference/shanghaitech-b-train-sanet-b.csv")
        let folder = "\(SharedData.folder ?? "")/data/shanghaitech-b-train"
        let truth = try Self.column("count", of: folder + "/truth.csv")
        let names = expected.keys.sorted().enumerated().filter { $0.offset % Self.step == 0 }.map(\.element)
        try await WorkerBench.with { bench in
            try await Self.addModel(
                "sanet-b", to: bench, width: 1024, height: 768, colour: "rgb", mean: 127.5, scale: 1 / 255.0, stride: 1)
            for name in names {
                try bench.folder.write(
                    Array(Data(contentsOf: URL(filePath: "\(folder)/images/\(name)"))), to: name)
            }
            try await bench.enqueue(names, plan: .native)
            let progress = try await bench.worker().run()
            #expect(progress.counted == names.count)
            let counts = try await bench.counts()
            var (error, worst) = (0.0, 0.0)
            for name in names {
                let count = try #require(counts[name])
                let reference = try #require(expected[name])
                #expect(abs(count - reference) <= 0.001 * reference, "\(name): \(count), by reference \(reference)")
                worst = max(worst, abs(count - reference) / reference)
                error += abs(count - (truth[name] ?? 0))
            }
            print(
                "sanet-b on \(names.count) pictures of shanghaitech-b-train: MAE \(error / Double(names.count)), at most "
                    + "\(100 * worst) % from the reference")
        }
    }

    @Test("every grayscale photograph is counted as a straightforward computation does")
    func grayscale() async throws {
        let expected = try Self.column(
            "count", of: Checkout.root + "/Tests/WorkerTests/Reference/shanghaitech-a-train-mcnn-a.csv")
        try await WorkerBench.with { bench in
            try await Self.addModel(
                "mcnn-a", to: bench, width: 768, height: 576, colour: "gray", mean: 0, scale: 1, stride: 4)
            for name in expected.keys {
                let path = "\(SharedData.folder ?? "")/data/shanghaitech-a-train/images/\(name)"
                try bench.folder.write(Array(Data(contentsOf: URL(filePath: path))), to: name)
            }
            try await bench.enqueue(expected.keys.sorted(), plan: .grid(rows: 1, columns: 1))
            _ = try await bench.worker().run()
            let counts = try await bench.counts()
            for (name, reference) in expected {
                let count = try #require(counts[name])
                #expect(abs(count - reference) <= 0.001 * reference, "\(name): \(count), not \(reference)")
            }
        }
    }

    /// Adds a model of the shared folder, as the default.
    private static func addModel(
        _ name: String, to bench: WorkerBench, width: Int, height: Int, colour: String, mean: Double, scale: Double,
        stride: Int
    ) async throws {
        let file = try [UInt8](Data(contentsOf: URL(filePath: "\(SharedData.folder ?? "")/models/\(name).onnx")))
        let digest = try SHA256Digest(of: file)
        let channels = colour == "gray" ? 1 : 3
        let manifest = try ModelManifest(
            json: Array(
                """
                {"name": "\(name)", "plan": "native",
                 "input": {"width": \(width), "height": \(height), "colour": "\(colour)",
                           "mean": \(Array(repeating: mean, count: channels)),
                           "scale": \(Array(repeating: scale, count: channels))},
                 "output": {"stride": \(stride), "densityScale": 1},
                 "files": {"openvino": [{"path": "\(name).onnx", "batch": 1, "sha256": "\(digest)"}]}}
                """.utf8), source: name)
        try await bench.archive.addModel(
            name: name, manifest: String(decoding: try manifest.canonicalJSON, as: UTF8.self),
            digest: try manifest.digest.description, files: [digest.description: file], makeDefault: true)
    }

    /// A column of numbers by the column `image`.
    private static func column(_ name: String, of path: String) throws -> [String: Double] {
        var rows: [[String]] = []
        var reader = CSVReader()
        let take: (Result<CSVReader.Record, CSVError>) throws -> Void = { rows.append(try $0.get().fields) }
        try reader.read(Data(contentsOf: URL(filePath: path)), take)
        try reader.finish(take)
        let header = try #require(rows.first)
        let image = try #require(header.firstIndex(of: "image"))
        let column = try #require(header.firstIndex(of: name))
        return Dictionary(uniqueKeysWithValues: rows.dropFirst().map { ($0[image], Double($0[column]) ?? .nan) })
    }
}
