import Density
import Evaluation
import Foundation
import Imaging
import Inference
import Models
import Supervision
import TestSupport
import Testing

/// `headcount model build` with the real compiler.
@Suite(
    .enabled(if: Toolchain.isPresent, "the compiler is not installed: run Deploy/toolchain"),
    .enabled(if: OpenVINOInstallation.isPresent, OpenVINOInstallation.absence))
struct BuildTests {
    private static let networks = Checkout.root + "/Tests/Networks/"
    private static let libraries = [
        "--toolchain", Checkout.root + "/.runtime/toolchain", "--openvino-lib", Checkout.root + "/.runtime/openvino",
    ]

    /// Pictures of noise, each as large as a tile, and their truth.
    private static func pictures(_ count: Int, in folder: TemporaryFolder) throws -> (images: String, truth: String) {
        for number in 1...count {
            var noise = Noise(seed: UInt64(number))
            try folder.write(
                PictureEncoder.png(noise.picture(PixelSize(width: 48, height: 32))), to: "pictures/\(number).png")
        }
        let truth = "image,count\n" + (1...count).map { "\($0).png,100\n" }.joined()
        return (folder.path + "/pictures", try folder.write(truth, to: "truth.csv"))
    }

    @Test("a bare ONNX file becomes a model whose INT8 counts can be had without a card, and nothing is done twice")
    func bareNetwork() async throws {
        let folder = try TemporaryFolder()
        let (images, truth) = try Self.pictures(3, in: folder)
        let cache = ["XDG_CACHE_HOME": folder.path + "/cache"]
        let words =
            [
                "model", "build", Self.networks + "pooled.onnx", "--tile", "48x32", "--scale", "1", "--people", "0.001",
                "--images", images, "--truth", truth, "--out", folder.path + "/built", "--name", "tiny", "--quick",
                // INT8 throughout: sums in floating point are not the chip's to the last bit.
                "--mixed", "0", "--float32",
            ] + Self.libraries
        let built = try await RunningProgram.run(words, environment: cache)
        #expect(built.status == 0, "\(built.errors)")
        #expect(built.errors.contains("input image [1,3,?,?], output density, tiles of 48x32, stride 4"))
        #expect(built.errors.contains("Assumed, since nothing else was said: --mean 0.0."), "\(built.errors)")
        #expect(built.output.contains("FP32, not quantised"))
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/built")
        for name in ["pooled.onnx", "tiny-b1.bmodel", "tiny-b4.bmodel", "tiny-reference.zip", "tiny.json"] {
            #expect(files.contains(name), "\(files)")
        }
        for batch in [1, 4] {
            let file = try BM1684ModelFile(path: folder.path + "/built/tiny-b\(batch).bmodel", model: "tiny")
            #expect(file.chip == "BM1684" && file.memory.tensors > 0)
            // Bytes with a sign, four tiles to a word: else the card would put them so at every launch.
            #expect(file.inputs.map(\.type) == [2] && file.inputs.map(\.storeMode) == [2], "\(file.inputs)")
        }
        // Every model says where it came from; the one for the CPU is there where it is said to be the faster.
        #expect(files.contains("pooled-float32.json"), "\(files)")
        #expect(files.contains("tiny-cpu.json") == built.errors.contains(": see tiny-cpu.json."), "\(built.errors)")
        #expect(files.contains("tiny-cpu.json") != built.errors.contains(": INT8 is not offered"), "\(built.errors)")
        for name in ["tiny", "pooled-float32", "tiny-cpu"] where files.contains(name + ".json") {
            let manifest = try String(contentsOfFile: folder.path + "/built/\(name).json", encoding: .utf8)
            #expect(manifest.contains(#""origin" : {"#) && manifest.contains(#""floatMAE""#), "\(manifest)")
        }

        let builds = folder.path + "/cache/headcount/builds"
        let steps = try FileManager.default.contentsOfDirectory(atPath: builds).sorted()
        let again = try await RunningProgram.run(words, environment: cache)
        #expect(again.status == 0 && again.output == built.output, "\(again.errors)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: builds).sorted() == steps)

        // Pixels as they are, never below zero: the compiler would take them without a sign, which no engine does.
        let model = folder.path + "/built/tiny.json"
        let float = try await Self.counts(by: "openvino", model, images, truth, in: folder)
        let reference = try await Self.counts(by: "int8-reference", model, images, truth, in: folder)
        for (float, int8) in zip(float, reference) {
            #expect(float > 0 && float != int8 && abs(int8 - float) < 0.05 * float, "\(float) \(int8)")
        }
        if SimulatorInstallation.isPresent {
            #expect(try await Self.counts(by: "bm1684", model, images, truth, in: folder) == reference)
        }
    }

    /// What a model counts in pictures, in the order of the file that is saved.
    private static func counts(
        by engine: String, _ model: String, _ images: String, _ truth: String, in folder: TemporaryFolder
    ) async throws -> [Double] {
        let saved = folder.path + "/\(engine).json"
        let evaluated = try await RunningProgram.run(
            [
                "evaluate", "--images", images, "--truth", truth, "--model", model, "--engine", engine, "--save", saved,
                "--sophon-lib", SimulatorInstallation.folder,
            ] + libraries)
        #expect(evaluated.status == 0, "\(evaluated.errors)")
        let counts = try SavedEvaluation(path: saved).pictures.map(\.count)
        #expect(try counts.count == TruthList(path: truth).counts.count)
        return counts
    }

    @Test("with --match-truth a model counts, on the whole, what is known to be there, in FP32 and in INT8")
    func matchedToTruth() async throws {
        let folder = try TemporaryFolder()
        let (images, truth) = try Self.pictures(8, in: folder)
        // Cut off: a picture by its head alone.
        var noise = Noise(seed: 9)
        let whole = try PictureEncoder.png(noise.picture(PixelSize(width: 48, height: 32)))
        try folder.write(Array(whole.prefix(whole.count / 2)), to: "pictures/9.png")
        let words =
            [
                "model", "build", Self.networks + "pooled.onnx", "--tile", "48x32", "--scale", "1", "--people", "0.001",
                "--images", images, "--truth", truth, "--out", folder.path + "/built", "--name", "tiny", "--quick",
                "--mixed", "0", "--together", "1",
            ] + Self.libraries
        let cache = ["XDG_CACHE_HOME": folder.path + "/cache"]
        let plain = try await RunningProgram.run(words, environment: cache)
        #expect(plain.status == 0 && plain.errors.contains("--match-truth corrects that"), "\(plain.errors)")
        #expect(plain.errors.contains("9.png left out: "), "\(plain.errors)")
        let model = folder.path + "/built/tiny.json"
        let unmatched = try await Self.counts(by: "openvino", model, images, truth, in: folder)
        let matched = try await RunningProgram.run(words + ["--match-truth"], environment: cache)
        #expect(matched.status == 0 && matched.output.contains("FP32, not scaled"), "\(matched.errors)")
        for engine in ["openvino", "int8-reference"] {
            let counts = try await Self.counts(by: engine, model, images, truth, in: folder)
            for (before, after) in zip(unmatched, counts) {
                #expect(abs(after - 100) < 10 && abs(before - 100) > 20, "\(engine): \(before) \(after)")
            }
        }
        let scale = try ModelManifest.load(path: model).origin?.scale
        #expect(try #require(scale) != 1)
    }

    /// The first two were computed wrongly where they were grouped with others, and the compiler's own interpreter cuts off
    /// what the second one adds up. The others: rectifiers that the compiler takes into a pooling and a resizing, sums of
    /// more than 24 bits, and an operator that is the interpreter's.
    @Test(
        "every kind of network has the simulator's counts without a card",
        .enabled(if: SimulatorInstallation.isPresent, SimulatorInstallation.absence),
        .enabled(if: getenv("HEADCOUNT_SLOW_TESTS") != nil, "minutes: set HEADCOUNT_SLOW_TESTS to run it"),
        arguments: [("rgb", true), ("transposed", true), ("late", false), ("wide", false), ("untried", false)])
    func withoutCard(network: String, isCompiledApart: Bool) async throws {
        let folder = try TemporaryFolder()
        let (images, truth) = try Self.pictures(3, in: folder)
        let built = try await RunningProgram.run(
            [
                "model", "build", Self.networks + network + ".onnx", "--tile", "48x32", "--scale", "1", "--people",
                "0.001",
                "--images", images, "--out", folder.path + "/built", "--name", "apart", "--quick", "--mixed", "0",
                "--together", "1",
            ] + Self.libraries, environment: ["XDG_CACHE_HOME": folder.path + "/cache"])
        #expect(built.status == 0, "\(built.errors)")
        let words = "Operators are compiled one by one: grouped with others, "
        #expect(built.errors.contains(words) == isCompiledApart, "\(built.errors)")
        let model = folder.path + "/built/apart.json"
        let reference = try await Self.counts(by: "int8-reference", model, images, truth, in: folder)
        #expect(try await Self.counts(by: "bm1684", model, images, truth, in: folder) == reference)
    }

    @Test("a network for one tile alone is refused before anything is measured; its name may be in any letters")
    func singleTile() async throws {
        let folder = try TemporaryFolder()
        let (images, _) = try Self.pictures(3, in: folder)
        // “Network” in Russian.
        let network = try folder.copy(
            Self.networks + "single.onnx", to: "\u{421}\u{435}\u{442}\u{44C}.onnx")
        let outcome = try await RunningProgram.run(
            ["model", "build", network, "--images", images, "--out", folder.path + "/built"] + Self.libraries,
            environment: ["XDG_CACHE_HOME": folder.path + "/cache"])
        #expect(outcome.status == 70, "\(outcome.errors)")
        #expect(outcome.errors.contains("--name network-int8"), "\(outcome.errors)")
        let last = try #require(outcome.errorLines.last)
        #expect(last.contains("could not read the network for 4 tiles"), "\(outcome.errors)")
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/built"))
        let builds = folder.path + "/cache/headcount/builds"
        let done = try FileManager.default.contentsOfDirectory(atPath: builds).compactMap {
            try? String(contentsOfFile: "\(builds)/\($0)/.done", encoding: .utf8)
        }
        #expect(done.sorted() == ["check", "read the network for 1 tile"])
    }

    @Test("a model that loses more on the pictures reported than it may says so, and how much")
    func loss() async throws {
        let folder = try TemporaryFolder()
        let (images, _) = try Self.pictures(3, in: folder)
        func build() async throws -> RunningProgram.Outcome {
            try await RunningProgram.run(
                [
                    "model", "build", Self.networks + "pooled.onnx", "--tile", "48x32", "--scale", "1",
                    "--images", images, "--out", folder.path + "/built", "--quick", "--mixed", "0", "--together", "1",
                ] + Self.libraries, environment: ["XDG_CACHE_HOME": folder.path + "/cache"])
        }
        let good = try await build()
        #expect(good.status == 0 && !good.errors.contains("INT8 loses"), "\(good.errors)")
        // The one that thresholds are taken from, by the seed: nearly nothing on it comes near to what noise gives.
        #expect(good.output.contains("1.png"), "\(good.output)")
        let dark = Picture(size: PixelSize(width: 48, height: 32), colour: PixelColour(red: 3, green: 3, blue: 3))
        try folder.write(PictureEncoder.png(dark), to: "pictures/1.png")
        let bad = try await build()
        #expect(bad.status == 0, "\(bad.errors)")
        #expect(bad.errors.contains("on the 1 picture reported INT8 loses 99."), "\(bad.errors)")
        #expect(bad.errors.contains("more than the 3.0 % aimed at"), "\(bad.errors)")
    }

    @Test("an operator that nobody has tried is the compiler's to take, or to refuse in its own words")
    func untriedOperators() async throws {
        let folder = try TemporaryFolder()
        let (images, _) = try Self.pictures(3, in: folder)
        func build(_ network: String) async throws -> RunningProgram.Outcome {
            try await RunningProgram.run(
                [
                    "model", "build", Self.networks + network, "--tile", "48x32", "--scale", "1", "--images", images,
                    "--out", folder.path + "/built", "--quick", "--mixed", "0", "--together", "1",
                ] + Self.libraries, environment: ["XDG_CACHE_HOME": folder.path + "/cache"])
        }
        let refused = try await build("refused.onnx")
        #expect(refused.status == 70, "\(refused.errors)")
        #expect(refused.errors.contains("whether the compiler takes CumSum for this chip is not known"))
        #expect(refused.errorLines.last?.contains("unimplemented") == true, "\(refused.errors)")
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/built"))
        let taken = try await build("untried.onnx")
        #expect(taken.status == 0, "\(taken.errors)")
        #expect(taken.errors.contains("whether the compiler takes Abs for this chip is not known"))
    }

    @Test(
        "a build that is interrupted leaves no process and no folder, and goes on when it is started again",
        arguments: [SIGINT, SIGTERM])
    func interrupted(signal: Int32) async throws {
        let folder = try TemporaryFolder()
        let (images, _) = try Self.pictures(50, in: folder)
        let environment = ["XDG_CACHE_HOME": folder.path + "/cache", "HOME": folder.path]
        let words =
            [
                "model", "build", Self.networks + "pooled.onnx", "--tile", "48x32", "--scale", "1", "--images", images,
                "--out", folder.path + "/built", "--quick", "--mixed", "0", "--together", "1", "--compare-on", "2",
                "--report-on", "2", "--candidates", "5",
            ] + Self.libraries
        // The program's children have its home.
        func processes() -> [Int32] { ProcessSearch.processes(with: "HOME") { $0 == folder.path } }
        // Minutes of work, so that the signal comes in the middle however busy the machine is.
        let build = try RunningProgram(words + ["--random", "40"], environment: environment)
        try await waitUntil("the compiler") { !build.isRunning || processes().count > 2 }
        build.signal(signal)
        let stopped = try await build.outcome()
        #expect(stopped.status == 128 + signal, "\(stopped.errors)")
        #expect(stopped.errorLines.last?.hasPrefix("headcount: stopped by SIG") == true, "\(stopped.errors)")
        try await waitUntil("the end of its processes") { processes().allSatisfy { !ProcessSearch.exists($0) } }
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/built"))
        let again = try await RunningProgram.run(words, environment: environment)
        #expect(again.status == 0, "\(again.errors)")
    }

    @Test("what cannot be built is one clear line")
    func refusals() async throws {
        let folder = try TemporaryFolder()
        let (images, _) = try Self.pictures(3, in: folder)
        let text = try folder.write("no network", to: "text.onnx")
        let manifest = Checkout.root + "/Deploy/models/crowd/crowd.json"
        let networks = Self.networks
        let cases: [(words: [String], status: Int32, contains: String)] = [
            ([text], 65, "is no valid ONNX network"),
            ([networks + "two-inputs.onnx"], 65, "2 inputs (image, other)"),
            ([networks + "two-outputs.onnx"], 65, "2 outputs"),
            ([networks + "bytes.onnx"], 65, "is not of 32-bit floats"),
            ([networks + "external.onnx"], 65, "its weights lie in a file beside it"),
            ([networks + "fixed.onnx", "--tile", "48x32"], 65, "needed is one that takes [1,3,32,48]"),
            ([networks + "gray.onnx", "--colour", "rgb"], 65, "needed is one that takes [1,3"),
            ([networks + "rgb.onnx", "--tile", "47x32"], 65, "whose sides divide the tile's"),
            ([networks + "nowhere.onnx"], 66, "nowhere.onnx"),
            ([networks + "rgb.onnx", "--tile", "48"], 64, "768x576"),
            ([networks + "rgb.onnx", "--scale", "1,2"], 64, "3 numbers, or one for all"),
            ([manifest, "--scale", "1"], 64, "a manifest says it"),
        ]
        for (words, status, contains) in cases {
            let outcome = try await RunningProgram.run(
                ["model", "build"] + words + ["--images", images, "--out", folder.path + "/built"] + Self.libraries,
                environment: ["XDG_CACHE_HOME": folder.path + "/cache"])
            #expect(outcome.status == status, "\(words): \(outcome.errors)")
            #expect(outcome.errorLines.count == 1 && outcome.errors.contains(contains), "\(words): \(outcome.errors)")
        }
    }
}

extension Toolchain {
    static let isPresent = (try? Toolchain(named: Checkout.root + "/.runtime/toolchain")) != nil
}
