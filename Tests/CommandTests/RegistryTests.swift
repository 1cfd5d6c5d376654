import Density
import Foundation
import Imaging
import Inference
import Postgres
import TestSupport
import Testing

@Suite struct RegistryTests {
    @Test("a model is shown, verified, made the default, and removed once no run uses it")
    func registry() async throws {
        try await CommandBench.with(pictures: 1) { bench in
            let shown = try await bench.run(["model", "show", "tiny"])
            #expect(shown.status == 0 && shown.output.contains("\"rgb.onnx\""), "\(shown.errors)")
            #expect(try await bench.run(["model", "verify", "tiny"]).status == 0)

            let folder = try TemporaryFolder()
            let text = try String(contentsOfFile: bench.model, encoding: .utf8)
            let other = try folder.write(text.replacing("\"tiny\"", with: "\"other\""), to: "other.json")
            _ = try folder.copy(Checkout.root + "/Tests/Networks/rgb.onnx", to: "rgb.onnx")
            #expect(try await bench.run(["model", "add", other]).status == 0)
            #expect(try await bench.run(["model", "default", "other"]).status == 0)
            #expect(
                try await bench.number("SELECT count(*) FROM headcount.models WHERE is_default AND name = 'other'") == 1
            )

            _ = try await bench.run(["enqueue", "set", "--urls", "-"], input: bench.list(1...1))
            let used = try await bench.run(["model", "rm", "other"])
            #expect(used.status == 1 && used.errors.contains("1 run"), "\(used.errors)")
            // Its one file is the other model's as well, and stays; a file that nobody names goes.
            _ = try await bench.connection.query(
                "INSERT INTO headcount.model_files (digest, content) VALUES (encode(sha256('x'), 'hex'), 'x')")
            #expect(try await bench.run(["model", "rm", "tiny"]).status == 0)
            #expect(try await bench.run(["model", "verify", "other"]).status == 0)
            let strays = try await bench.number(
                """
                SELECT count(*) FROM headcount.model_files f WHERE NOT EXISTS (
                    SELECT FROM headcount.models m WHERE m.manifest::text LIKE '%' || f.digest || '%')
                """)
            #expect(strays == 0)
            #expect(try await bench.run(["model", "show", "tiny"]).status == 65)
        }
    }

    @Test(
        "a network that cannot be built is one clear line",
        .enabled(if: Toolchain.isPresent, "the compiler is not installed: run Deploy/toolchain"))
    func refusedBuild() async throws {
        let folder = try TemporaryFolder()
        let truth = try folder.write("image,count\nghost.png,1\n", to: "truth.csv")
        let images = folder.path + "/images"
        for number in 1...3 {
            var noise = Noise(seed: UInt64(number))
            let picture = try PictureEncoder.png(noise.picture(PixelSize(width: 48, height: 32)))
            try folder.write(picture, to: "images/\(number).png")
        }
        let crowd = Checkout.root + "/Deploy/models/crowd/crowd.json"
        let cases: [(words: [String], status: Int32, contains: String)] = [
            (["model", "build", crowd], 64, "--images"),
            (
                ["model", "build", folder.path + "/none.json", "--images", images, "--out", folder.path], 66,
                "none.json"
            ),
            (["model", "build", truth, "--images", images, "--out", folder.path], 65, "not JSON"),
            (
                ["model", "build", crowd, "--images", images, "--truth", truth, "--out", folder.path], 65,
                "ghost.png"
            ),
            (
                ["model", "build", crowd, "--images", images, "--out", folder.path, "--toolchain", folder.path],
                69, "Deploy/toolchain"
            ),
        ]
        for (words, status, contains) in cases {
            let outcome = try await RunningProgram.run(words)
            #expect(outcome.status == status, "\(words): \(outcome.errors)")
            #expect(outcome.errorLines.count == 1 && outcome.errors.contains(contains), "\(words): \(outcome.errors)")
        }
    }
}
