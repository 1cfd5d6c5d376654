import Density
import Digest
import Foundation
import Imaging
import Postgres
import TestSupport
import Testing

/// The whole way on the vendor's simulator of the chip, as processes of the program.
@Suite(.enabled(if: SimulatorInstallation.isPresent, SimulatorInstallation.absence))
struct CardTests {
    @Test("pictures counted with --engine bm1684 have the counts of the compiler's own reference, and say simulator")
    func wholeWay() async throws {
        try await CommandBench.with(pictures: 1) { bench in
            let models = Checkout.root + "/Tests/InferenceTests/Models"
            let model = try TemporaryFolder()
            var files: [String] = []
            for batch in [1, 4] {
                let name = "tiny-int8-b\(batch).bmodel"
                try model.copy("\(models)/\(name)", to: name)
                let digest = try SHA256Digest(ofFile: "\(models)/\(name)")
                files.append("{\"path\": \"\(name)\", \"batch\": \(batch), \"sha256\": \"\(digest)\"}")
            }
            let manifest = try model.write(
                """
                {"name": "tiny-int8", "plan": "native",
                 "input": {"width": 64, "height": 48, "colour": "rgb",
                           "mean": [113.76560402, 104.42649803, 100.74615860],
                           "scale": [0.01360642, 0.01409908, 0.01383804]},
                 "output": {"stride": 4, "densityScale": 1},
                 "files": {"bm1684": [\(files.joined(separator: ", "))]}}
                """, to: "tiny.json")
            #expect(try await bench.run(["model", "add", manifest, "--default"]).status == 0)

            // The pictures whose answers the compiler gave, each as large as a tile.
            for seed in 1...4 {
                var noise = Noise(seed: UInt64(seed))
                let picture = noise.picture(PixelSize(width: 64, height: 48))
                try bench.pictures.write(PictureEncoder.png(picture), to: "\(seed).png")
            }
            _ = try await bench.run(["enqueue", "noise", "--urls", "-"], input: bench.list(1...4))
            let worked = try await bench.run([
                "work", "--drain", "--engine", "bm1684", "--sophon-lib", SimulatorInstallation.folder,
                "--allow-network", "127.0.0.0/8",
            ])
            #expect(worked.status == 0, "\(worked.errors)")
            #expect(worked.output == "")
            #expect(worked.errors.contains("simulator"))

            let expected = try Data(contentsOf: URL(filePath: models + "/tiny-int8-expected.f32")).withUnsafeBytes {
                raw in
                stride(from: 0, to: raw.count, by: 4).map { raw.loadUnaligned(fromByteOffset: $0, as: Float.self) }
            }
            let counts = try await bench.connection.query(
                "SELECT count, simulated, card FROM headcount.results ORDER BY image")
            #expect(counts.count == 4)
            for (row, start) in zip(counts, stride(from: 0, to: expected.count, by: expected.count / 4)) {
                let reference = expected[start..<start + expected.count / 4].reduce(0) { $0 + Double($1) }
                let count = try row.decode(Double.self, "count")
                #expect(abs(count - reference) <= 1e-4)
                #expect(try row.decode(Bool.self, "simulated"))
                #expect(try row.decode(String.self, "card") == "bm1684-simulator:0")
            }
        }
    }

    @Test("headcount cards lists the simulator's card as simulated, and keeps the vendor's words off its output")
    func cards() async throws {
        let outcome = try await RunningProgram.run(["cards", "--json", "--sophon-lib", SimulatorInstallation.folder])
        #expect(outcome.status == 0)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
        let cards = try #require(object["cards"] as? [[String: Any]])
        #expect(cards.map { $0["simulated"] as? Bool } == [true])
        // The simulator does not tell a temperature: it is absent, not zero.
        #expect(cards[0]["chip_celsius"] == nil)
    }

    /// A folder with the vendor's two libraries and not the model of the chip that lies beside them.
    private func librariesAlone() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        for library in ["libbmlib.so.0", "libbmrt.so.1.0"] {
            try folder.copy(SimulatorInstallation.folder + "/" + library, to: library)
        }
        return folder
    }

    @Test("the simulator is called so wherever the loader finds the model of the chip")
    func simulatorElsewhere() async throws {
        let outcome = try await RunningProgram.run(
            ["cards", "--json", "--sophon-lib", try librariesAlone().path],
            environment: ["LD_LIBRARY_PATH": SimulatorInstallation.folder])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output.contains(#""device":"bm1684-simulator:0""#), "\(outcome.output)")
        #expect(outcome.output.contains(#""simulated":true"#))
    }

    @Test("a library that ends the process is told of, with a status of ours")
    func libraryExit() async throws {
        // The simulator's library calls exit() where it does not find the model of the chip.
        let outcome = try await RunningProgram.run(["cards", "--sophon-lib", try librariesAlone().path])
        #expect(outcome.status == 70, "\(outcome.errors)")
        #expect(outcome.output == "")
        #expect(outcome.errors.contains("headcount: a library ended the process"), "\(outcome.errors)")
    }
}
