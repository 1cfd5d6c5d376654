import Digest
import Foundation
import HTTPServer
import Postgres
import TestSupport
import Testing

/// Where a model's files are kept, and what of them is refused.
@Suite struct ModelFilesTests {
    /// The manifest of a model of one file.
    private static func write(
        _ name: String, tile: (width: Int, height: Int), engine: String, file: [UInt8], to folder: TemporaryFolder
    ) throws -> String {
        try folder.write(file, to: "\(name).bin")
        return try folder.write(
            """
            {"name": "\(name)", "plan": "native",
             "input": {"width": \(tile.width), "height": \(tile.height), "colour": "rgb", "mean": [0, 0, 0],
                       "scale": [1, 1, 1]},
             "output": {"stride": 4, "densityScale": 0.001},
             "files": {"\(engine)": [{"path": "\(name).bin", "batch": 1, "sha256": "\(SHA256Digest(of: file))"}]}}
            """, to: "\(name).json")
    }

    private static func content(_ path: String) throws -> [UInt8] {
        try [UInt8](Data(contentsOf: URL(filePath: Checkout.root + "/Tests/" + path)))
    }

    private static func bytes(of number: UInt64) -> [UInt8] {
        withUnsafeBytes(of: number.littleEndian) { Array($0) }
    }

    @Test(
        "a worker whose store is empty fetches a model's file over HTTP, and nothing but the file that the manifest names",
        .enabled(if: OpenVINOInstallation.isPresent, OpenVINOInstallation.absence))
    func overHTTP() async throws {
        try await CommandBench.with(pictures: 3) { bench in
            let folder = try TemporaryFolder()
            let network = try Self.content("Networks/fixed.onnx")
            let manifest = try Self.write(
                "remote", tile: (24, 16), engine: "openvino", file: network, to: folder)
            let store = folder.path + "/store"
            let added = try await bench.run(["model", "add", manifest, "--store", store, "--default"])
            #expect(added.status == 0, "\(added.errors)")
            let digest = try SHA256Digest(of: network).description
            #expect(try FileManager.default.contentsOfDirectory(atPath: store) == [digest])
            #expect(
                try await bench.number("SELECT count(*) FROM headcount.model_files WHERE digest = '\(digest)'") == 0)
            #expect(try await bench.run(["model", "verify", "remote", "--store", store]).status == 0)
            #expect(try await bench.run(["model", "verify", "remote"]).status == 78)

            let files = try StaticFiles(folder: store)
            let server = try HTTPServer(port: 0) { files.response(to: $0) }
            defer { server.stop() }
            _ = try await bench.run(["enqueue", "set", "--urls", "-"], input: bench.list(1...3))
            // Every process has a home of its own, and so an empty store.
            let work = ["work", "--drain", "--allow-network", "127.0.0.0/8", "--log", "text"]
            let alone = try await bench.run(work)
            #expect(alone.status == 69 && alone.errors.contains("work --store"), "\(alone.errors)")

            try FileManager.default.moveItem(atPath: store + "/" + digest, toPath: folder.path + "/kept")
            try folder.write("another file", to: "store/" + digest)
            let other = try await bench.run(work + ["--store", server.url])
            #expect(other.status == 69 && other.errors.contains("is another file"), "\(other.errors)")
            #expect(try await bench.number("SELECT count(*) FROM headcount.counts") == 0)

            try FileManager.default.removeItem(atPath: store + "/" + digest)
            let missing = try await bench.run(work + ["--store", server.url])
            #expect(missing.status == 69 && missing.errors.contains("404"), "\(missing.errors)")

            try FileManager.default.moveItem(atPath: folder.path + "/kept", toPath: store + "/" + digest)
            let worked = try await bench.run(work + ["--store", server.url + "/"])
            #expect(worked.status == 0, "\(worked.errors)")
            #expect(try await bench.number("SELECT count(*) FROM headcount.counts") == 3)
        }
    }

    @Test(
        "a model whose file for the CPU is no network, or another than the manifest states, is refused when it is added",
        .enabled(if: OpenVINOInstallation.isPresent, OpenVINOInstallation.absence))
    func noNetwork() async throws {
        try await CommandBench.with(pictures: 1) { bench in
            let folder = try TemporaryFolder()
            let fixed = try Self.content("Networks/fixed.onnx")
            for (name, tile, file) in [("text", (24, 16), Array("no network".utf8)), ("other", (48, 32), fixed)] {
                let manifest = try Self.write(name, tile: tile, engine: "openvino", file: file, to: folder)
                let refused = try await bench.run(["model", "add", manifest])
                #expect(refused.status != 0 && refused.errorLines.count == 1, "\(name): \(refused.errors)")
                #expect(refused.errors.contains(name), "\(refused.errors)")
            }
            let query = "SELECT count(*) FROM headcount.models WHERE name IN ('text', 'other')"
            #expect(try await bench.number(query) == 0)
        }
    }

    @Test("a model whose files take more memory than a card has is refused, and one that is for no BM1684 as well")
    func tooLarge() async throws {
        try await CommandBench.with(pictures: 1) { bench in
            let folder = try TemporaryFolder()
            let file = try Self.content("InferenceTests/Models/tiny-int8-b4.bmodel")
            let tiny = try Self.write("tiny-int8", tile: (64, 48), engine: "bm1684", file: file, to: folder)
            // The file says in 64 bits how much work memory it needs.
            let (work, more) = (Self.bytes(of: 176_128), Self.bytes(of: 7_100_000_000))
            var greedy = file
            let places = file.indices.dropLast(8).filter { Array(file[$0..<$0 + 8]) == work }
            try #require(!places.isEmpty)
            for place in places { greedy.replaceSubrange(place..<place + 8, with: more) }
            let large = try Self.write("large", tile: (64, 48), engine: "bm1684", file: greedy, to: folder)
            let strange = try Self.write("strange", tile: (64, 48), engine: "bm1684", file: [1, 2, 3], to: folder)

            let refused = try await bench.run(["model", "add", large])
            #expect(refused.status == 65 && refused.errorLines.count == 1, "\(refused.errors)")
            #expect(refused.errors.contains("takes 7101 MB") && refused.errors.contains("7000 MB"), "\(refused.errors)")
            #expect(try await bench.run(["model", "add", large, "--card-memory", "8G"]).status == 0)
            let unread = try await bench.run(["model", "add", strange])
            #expect(unread.status != 0 && unread.errorLines.count == 1, "\(unread.errors)")
            #expect(unread.errors.contains("no compiled model"), "\(unread.errors)")

            // Files for one tile and for four share one work memory.
            let half = Self.bytes(of: 4_000_000_000)
            for place in places { greedy.replaceSubrange(place..<place + 8, with: half) }
            try folder.write(greedy, to: "half.bin")
            let digest = try SHA256Digest(of: greedy)
            let files = [1, 4].map { #"{"path": "half.bin", "batch": \#($0), "sha256": "\#(digest)"}"# }
            let two = try String(contentsOfFile: large, encoding: .utf8).replacing("\"large\"", with: "\"two\"")
                .replacing(/\{"path".*\}\]/, with: files.joined(separator: ", ") + "]")
            #expect(try await bench.run(["model", "add", folder.write(two, to: "two.json")]).status == 0)

            // A card that a coordinator has found: smaller than the 244,224 bytes that the model takes.
            _ = try await bench.connection.query("SELECT headcount.record_host('small', 1, 'test', 1, 1)")
            _ = try await bench.connection.query(
                """
                INSERT INTO headcount.cards (host, name, engine, number, simulated, memory_bytes)
                VALUES ('small', 'bm1684:0', 'bm1684', 0, false, 244223)
                """)
            let small = try await bench.run(["model", "add", tiny])
            #expect(small.status == 65 && small.errors.contains("small/bm1684:0"), "\(small.errors)")
            _ = try await bench.connection.query("UPDATE headcount.cards SET memory_bytes = 244224")
            #expect(try await bench.run(["model", "add", tiny]).status == 0)
        }
    }
}
