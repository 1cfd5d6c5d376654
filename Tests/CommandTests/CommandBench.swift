import Density
import Digest
import Foundation
import HTTPServer
import Imaging
import Postgres
import TestSupport

/// A migrated database with a tiny model, and a folder of pictures that is served; commands are run on it.
struct CommandBench {
    let database: String
    let connection: PostgresConnection
    let pictures: TemporaryFolder
    let url: String
    /// The model's manifest.
    let model: String

    static func with<Result>(pictures count: Int, _ body: (CommandBench) async throws -> Result) async throws -> Result
    {
        try await TestDatabase.withFresh { try await with(database: $0, pictures: count, body) }
    }

    /// The same in a database that the caller made.
    static func with<Result>(
        database: String, pictures count: Int, _ body: (CommandBench) async throws -> Result
    ) async throws -> Result {
        let folder = try TemporaryFolder()
        for number in 1...max(1, count) {
            let level = UInt8(truncatingIfNeeded: number * 37)
            let colour = PixelColour(red: level, green: 100, blue: 200)
            let picture = Picture(size: PixelSize(width: 96, height: 64), colour: colour)
            try folder.write(PictureEncoder.png(picture), to: "\(number).png")
        }
        let files = try StaticFiles(folder: folder.path)
        let server = try HTTPServer(port: 0) { files.response(to: $0) }
        defer { server.stop() }
        let model = try TemporaryFolder()
        let network = try [UInt8](Data(contentsOf: URL(filePath: Checkout.root + "/Tests/Networks/rgb.onnx")))
        try model.write(network, to: "rgb.onnx")
        let manifest = try model.write(
            """
            {"name": "tiny", "plan": "native",
             "input": {"width": 48, "height": 32, "colour": "rgb", "mean": [0, 0, 0], "scale": [1, 1, 1]},
             "output": {"stride": 4, "densityScale": 0.001},
             "files": {"openvino": [{"path": "rgb.onnx", "batch": 1, "sha256": "\(SHA256Digest(of: network))"}]}}
            """, to: "tiny.json")
        let connection = try await PostgresConnection.connect(
            PostgresConfiguration(connectionString: database, applicationName: "test"))
        let bench = CommandBench(
            database: database, connection: connection, pictures: folder, url: server.url,
            model: manifest)
        _ = try await bench.run(["migrate"])
        _ = try await bench.run(["model", "add", manifest, "--default"])
        return try await body(bench)
    }

    /// Lines for `enqueue --urls -`.
    func list(_ numbers: ClosedRange<Int>) -> String {
        numbers.map { "\(url)/\($0).png\n" }.joined()
    }

    func start(_ words: [String], input: String? = nil) throws -> RunningProgram {
        try RunningProgram(words + ["--database", database], input: input)
    }

    func run(_ words: [String], input: String? = nil) async throws -> RunningProgram.Outcome {
        try await start(words, input: input).outcome()
    }

    /// A number that a query gives.
    func number(_ sql: String) async throws -> Int {
        try await connection.query("SELECT (\(sql))::bigint AS n").first?.decode(Int.self, "n") ?? -1
    }

    /// Waits until a condition in SQL holds.
    /// - Parameter meanwhile: done before each look.
    func wait(until condition: String, meanwhile: () async throws -> Void = {}) async throws {
        try await waitUntil(condition) {
            try await meanwhile()
            return try await number("SELECT count(*) WHERE \(condition)") > 0
        }
    }
}
