import Arguments
import Counting
import Density
import Digest
import Evaluation
import Imaging
import Inference
import Models
import Terminal

/// `headcount model build`
enum ModelBuild: Action {
    static let path = ["model", "build"]
    static let command = Command(
        "build", "Quantise an ONNX network for BM1684, on the pictures that do it least harm",
        discussion: """
            Checks the network, chooses how it is quantised, compiles INT8 for one and four tiles, and writes a
            model that evaluate, model add and work can use. Pictures are shared out: thresholds are taken from
            some of them, calibrations are compared on others, and the report is of the rest. Single pictures,
            several together and other ways to thresholds are tried; where INT8 errs more than 3 % more than
            FP32, the last operators in floating point too; what INT8 is off by on the whole is corrected. Every
            step is kept, with its log, in ~/.cache/headcount/builds: the same is not done twice, and a build
            that was interrupted goes on. Needs Deploy/toolchain.
            """,
        positionals: [
            Positional("NETWORK", "An ONNX file, or a manifest that describes one for the engine openvino.")
        ],
        options: [
            Option("images", value: "DIR", "Pictures to calibrate on and to measure on, or DIR/images."),
            Option("truth", value: "FILE", "True counts of them, where known: CSV with the columns image and count."),
            Option("out", value: "DIR", "Where to write the model."),
            Option("name", value: "NAME", "Name of the model (that of the network with -int8)."),
            ModelOptions.plan,
        ] + BuildSource.options + [
            Option("candidates", value: "N", "Pictures measured as candidates, 1 to 1000 (24)."),
            Option("compare-on", value: "N", "Pictures that calibrations are compared on, 1 to 1000 (12)."),
            Option("report-on", value: "N", "Pictures that the report is of, 1 to 1000 (24)."),
            Option(
                "together", value: "N[,N...]",
                "So many of the most promising candidates are built together too, 1 for none, to 100 (4,16)."),
            Option(flag: "quick", "Take thresholds in the compiler's own way alone."),
            Option(
                "mixed", value: "N",
                "Where INT8 loses too much, try the last 1, 2, 4... operators in floating point, up to N of 100 (8)."),
            Option(
                "float-layers", value: "N", "The last operators stay in floating point from the start, 0 to 100 (0)."),
            Option(flag: "float32", "Compile in 32-bit floating point as well."),
            Option("random", value: "N", "Build N single pictures chosen by chance too, to compare with (0)."),
            Option("many", value: "N", "Build one calibration on N pictures too, to compare with (0)."),
            Option("report", value: "FILE", "Write the comparison of the calibrations, as CSV."),
            EngineOptions.toolchain, EngineOptions.openvino,
        ],
        examples: [
            "headcount model build mine.onnx --mean 127.5 --scale 0.0039 --images pictures --out mine",
            "headcount model build mine.json --images pictures --out built",
        ])

    /// Reading and compiling for each batch size, quantising for the CPU, and what is asked for beside.
    private static let lastSteps = 8

    static func run(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        let console = context.console
        guard let images = invocation.value(of: "images"), let out = invocation.value(of: "out") else {
            throw UsageError.conflict("--images DIR and --out DIR are needed", path: invocation.path)
        }
        let settings = try settings(invocation)
        // Not only after hours.
        if let report = invocation.value(of: "report") { try OutputFile.check(report) }
        let pictures = try PictureFolder(
            folder: images, truth: invocation.value(of: "truth").map(TruthList.init(path:)))
        let toolchain = try Toolchain(named: invocation.value(of: EngineOptions.toolchain.name))
        let cache = BuildCache(folder: BuildCache.standardFolder, toolchain: toolchain)
        console.showProgress("checking the network")
        let source = try await BuildSource(invocation.required(0), invocation, cache: cache)
        let (base, description) = (source.manifest, source.description)
        console.say("\(base.name): \(source.check).")
        if let assumed = source.assumed { console.say(assumed) }

        let meter = StepMeter(
            console,
            expected: CalibrationStudy.steps(pictures: pictures.sources.count, settings: settings) + lastSteps)
        let grouped = source.check.operators.values.reduce(0, +) <= Compilation.groupingLimit
        if !grouped {
            console.say(
                "Operators are compiled one by one: they are too many for the compiler's search of what goes together.")
        }
        let compilation = Compilation(
            network: source.network, input: base.input, cache: cache, groupsOperators: grouped, say: meter.say)
        let library = try OpenVINOLibrary(named: invocation.value(of: EngineOptions.openvino.name))
        let network = LoadedNetwork(
            name: base.name, engine: try OpenVINOEngine(network: description, library: library),
            padding: description.preprocessing.padding)
        let plan = try ModelOptions.plan(invocation) ?? base.plan ?? .native
        let study = CalibrationStudy(
            network: network, plan: plan, decoder: PictureDecoder(), compilation: compilation,
            quantised: { archive in
                LoadedNetwork(
                    name: description.name,
                    engine: try await Int8ReferenceEngine(description.with(file: archive), toolchain: toolchain),
                    padding: description.preprocessing.padding)
            }, say: meter.say)
        // What would be refused in the end is refused before hours of work: the longest name, and the folder.
        let name = invocation.value(of: "name") ?? base.name + "-int8"
        _ = try ModelManifest(name: name + "-cpu", input: base.input, output: base.output, files: base.files)
        var folder = try ModelFolder(out)
        let outcome = try await study.run(pictures.sources, settings: settings)
        let chosen = outcome.rows[0]

        let factor = chosen.factor == 1 ? nil : chosen.factor
        try folder.add(source.network, as: base.name + ".onnx", for: .openvino, batch: 1)
        for batch in [1, 4] {
            try folder.add(
                try await compilation.int8(chosen.calibration, batch: batch), as: "\(name)-b\(batch).bmodel",
                for: .bm1684, batch: batch, factor: factor)
        }
        try folder.add(
            try await compilation.reference(chosen.calibration), as: name + "-reference.zip", for: .int8Reference,
            batch: 1, factor: factor)
        let written = try folder.finish(
            like: base, name: name, plan: plan,
            origin: try origin(outcome, of: source.network, pictures, toolchain: toolchain))
        if invocation.has("float32") {
            try await addFloat(compilation, base, name: base.name + "-float32", plan: plan, to: out)
        }
        let faster = try await cpuInt8(
            compilation, chosen.calibration, base, description, than: network.engine, library: library,
            name: name + "-cpu", plan: plan, to: out)
        await network.engine.close()
        console.clearProgress()
        console.say(faster)
        if let report = invocation.value(of: "report") { try CalibrationTable.write(outcome, to: report) }
        try console.output(CalibrationTable.text(of: outcome))
        console.say("Chosen: \(outcome.reason).")
        console.say("Wrote \(written).")
        return .success
    }

    /// Quantises for the CPU too, and keeps that where it is the faster.
    /// - Returns: what was found, for people.
    private static func cpuInt8(
        _ compilation: Compilation, _ calibration: Calibration, _ base: ModelManifest,
        _ description: NetworkDescription,
        than float: any InferenceEngine, library: OpenVINOLibrary, name: String, plan: TilePlan, to out: String
    ) async throws -> String {
        let path: String
        do {
            path = try await compilation.cpuInt8(calibration)
        } catch ModelsError.buildFailed(_, let reason, let log) {
            return "INT8 is not offered for this CPU: it could not be quantised for it: \(reason) (see \(log))."
        }
        let int8 = try OpenVINOEngine(network: description.with(file: path), library: library)
        let (floatTime, int8Time) = (try await secondsPerTile(float), try await secondsPerTile(int8))
        await int8.close()
        let words =
            "On this CPU a tile takes \(Numbers.fixed(floatTime * 1000, digits: 1)) ms in FP32 and "
            + "\(Numbers.fixed(int8Time * 1000, digits: 1)) ms in INT8"
        guard int8Time < floatTime else { return words + ": INT8 is not offered for it." }
        var folder = try ModelFolder(out)
        try folder.add(path, as: name + ".onnx", for: .openvino, batch: 1)
        return words + ": see " + (try folder.finish(like: base, name: name, plan: plan, origin: nil)) + "."
    }

    /// The best of five rounds of four tiles, or of those that ten seconds hold.
    private static func secondsPerTile(_ engine: any InferenceEngine) async throws -> Double {
        let picture = Picture(size: engine.geometry.tile, colour: PixelColour(red: 90, green: 120, blue: 60))
        let tiles = [Tile](repeating: Tile(picture), count: 4)
        let clock = ContinuousClock()
        let enough = clock.now + .seconds(10)
        var best = Double.infinity
        for round in 0..<5 where round == 0 || clock.now < enough {
            let started = clock.now
            _ = try await engine.densities(of: tiles)
            best = min(best, started.duration(to: clock.now) / .seconds(1) / 4)
        }
        return best
    }

    private static func addFloat(
        _ compilation: Compilation, _ base: ModelManifest, name: String, plan: TilePlan, to out: String
    ) async throws {
        var folder = try ModelFolder(out)
        for batch in [1, 4] {
            try folder.add(
                try await compilation.float(batch: batch), as: "\(name)-b\(batch).bmodel", for: .bm1684, batch: batch)
        }
        _ = try folder.finish(like: base, name: name, plan: plan, origin: nil)
    }

    private static func origin(
        _ outcome: CalibrationStudy.Outcome, of onnx: String, _ pictures: PictureFolder, toolchain: Toolchain
    ) throws -> ModelOrigin {
        let chosen = outcome.rows[0]
        return ModelOrigin(
            compiler: toolchain.version, network: try SHA256Digest(ofFile: onnx),
            calibration: try pictures.sources.filter { chosen.pictures.contains($0.name) }.map {
                ModelOrigin.Picture(name: $0.name, sha256: try SHA256Digest(ofFile: $0.path))
            }, thresholds: chosen.calibration.method.rawValue, floatLayers: chosen.calibration.floatLayers,
            images: chosen.test.images, floatMAE: outcome.float.test.mae, int8MAE: chosen.test.mae,
            difference: chosen.test.difference)
    }

    private static func settings(_ invocation: Invocation) throws -> CalibrationStudy.Settings {
        var settings = CalibrationStudy.Settings()
        settings.candidates = try invocation.integer(of: "candidates", in: 1...1000) ?? settings.candidates
        settings.selection = try invocation.integer(of: "compare-on", in: 1...1000) ?? settings.selection
        settings.test = try invocation.integer(of: "report-on", in: 1...1000) ?? settings.test
        settings.floatLayers = try invocation.integer(of: "float-layers", in: 0...100) ?? 0
        if let text = invocation.value(of: "together") {
            let counts = text.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
            guard counts.allSatisfy((1...100).contains) else {
                throw invocation.refusal(of: "together", needed: "numbers from 1 to 100, such as 4,16")
            }
            settings.together = counts.filter { $0 > 1 }
        }
        settings.mixed = try invocation.integer(of: "mixed", in: 0...100) ?? settings.mixed
        if invocation.has("quick") { settings.methods = [.divergence] }
        settings.random = try invocation.integer(of: "random", in: 0...1000) ?? 0
        settings.many = try invocation.integer(of: "many", in: 0...10_000) ?? 0
        return settings
    }
}
