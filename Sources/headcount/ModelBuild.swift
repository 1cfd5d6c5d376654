import Arguments
import Counting
import Density
import Digest
import Evaluation
import FoundationEssentials
import Glibc
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
        options: BuildPictures.options + [
            Option("out", value: "DIR", "Where to write the model."),
            Option("name", value: "NAME", "Name of the model (that of the network with -int8)."),
            ModelOptions.plan,
        ] + BuildSource.options + [
            Option("candidates", value: "N", "Pictures measured as candidates, 1 to 1000 (64)."),
            Option("compare-on", value: "N", "Pictures that calibrations are compared on, 1 to 1000 (96)."),
            Option("report-on", value: "N", "Pictures that the report is of, 1 to 1000 (64)."),
            Option(
                "together", value: "N[,N...]",
                "So many of the most promising candidates are built together too, fewer than there are, to 100; 1 for none "
                    + "(4,16,32)."),
            Option(flag: "quick", "Take thresholds in the compiler's own way alone."),
            Option(
                "mixed", value: "N",
                "Where INT8 loses too much, try the last 1, 2, 4... operators in floating point, up to N of 100 (8)."),
            Option(
                "float-layers", value: "N", "The last operators stay in floating point from the start, 0 to 100 (0)."),
            Option(flag: "float32", "Compile in 32-bit floating point as well."),
            Option(
                flag: "match-truth",
                "Scale all counts of the model to the true ones, where that makes errors less by 3 % and more."),
            Option("random", value: "N", "Build N single pictures chosen by chance too, to compare with (0)."),
            Option("many", value: "N", "Build one calibration on N pictures too, to compare with (0)."),
            Option("report", value: "FILE", "Write the comparison of the calibrations, as CSV."),
            EngineOptions.toolchain, EngineOptions.openvino, Context.databaseOption,
        ] + WorkOptions.fetchOptions,
        examples: [
            "headcount model build mine.onnx --mean 127.5 --images pictures --out mine",
            "headcount model build mine.json --images pictures --out built",
            "headcount model build mine.json --set museum --out built",
        ])

    /// Reading and compiling for each batch size, quantising for the CPU, and what is asked for beside.
    private static let lastSteps = 8

    static func run(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        try await Interruptible.run { try await build(invocation, context) }
    }

    private static func build(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        let console = context.console
        guard let out = invocation.value(of: "out") else {
            throw UsageError.conflict("--images DIR or --set SET, and --out DIR are needed", path: invocation.path)
        }
        let settings = try settings(invocation)
        // Not only after hours.
        if let report = invocation.value(of: "report") { try OutputFile.check(report) }
        let pictures = try await BuildPictures.find(invocation, context, settings: settings)
        guard !settings.matchesTruth || pictures.sources.contains(where: { $0.truth != nil }) else {
            throw UsageError.conflict(
                "--match-truth needs true counts: --truth FILE, or headcount.truth with --set", path: invocation.path)
        }
        let toolchain = try Toolchain(named: invocation.value(of: EngineOptions.toolchain.name))
        let cache = BuildCache(folder: BuildCache.standardFolder, toolchain: toolchain)
        cache.removeAbandoned()
        console.showProgress("checking the network")
        let source = try await BuildSource(invocation.required(0), invocation, cache: cache)
        let (base, description) = (source.manifest, source.description)
        console.say("\(base.name): \(source.check).")
        if let assumed = source.assumed { console.say(assumed) }
        let untried = source.check.untried.joined(separator: ", ")
        if !untried.isEmpty {
            console.warn("whether the compiler takes \(untried) for this chip is not known: it is tried in FP32 first")
        }
        // What would be refused in the end is refused before hours of work: the longest names, the size of a launch, and
        // the folder.
        let name = invocation.value(of: "name") ?? base.name + "-int8"
        let floatName = base.name + "-float32"
        if invocation.has("float32") && [name, name + "-cpu"].contains(floatName) {
            throw UsageError.conflict("--float32 writes \(floatName).json: give another --name", path: invocation.path)
        }
        for name in [name + "-cpu"] + (invocation.has("float32") ? [floatName] : []) {
            _ = try ModelManifest(name: name, input: base.input, output: base.output, files: base.files)
        }

        let meter = StepMeter(
            console,
            expected: CalibrationStudy.steps(pictures: pictures.sources.count, settings: settings) + lastSteps)
        let ungrouped = Self.reasonNotToGroup(source.check)
        if let ungrouped { console.say("Operators are compiled one by one: \(ungrouped).") }
        let compilation = Compilation(
            network: source.network, input: base.input, cache: cache, groupsOperators: ungrouped == nil, say: meter.say)
        // Only here does the compiler say why; while it quantises it is silent.
        if !untried.isEmpty { _ = try await compilation.float(batch: 1) }
        try await compilation.read(batches: [1, 4])
        let library = try OpenVINOLibrary(named: invocation.value(of: EngineOptions.openvino.name))
        let network = LoadedNetwork(
            name: base.name, engine: try OpenVINOEngine(network: description, library: library),
            padding: description.preprocessing.padding)
        let plan = try ModelOptions.plan(invocation) ?? base.plan ?? .native
        let study = CalibrationStudy(
            network: network, description: description, plan: plan, decoder: pictures.decoder,
            compilation: compilation,
            quantised: { archive in
                LoadedNetwork(
                    name: description.name,
                    engine: try await Int8ReferenceEngine(description.with(file: archive), toolchain: toolchain),
                    padding: description.preprocessing.padding)
            }, say: meter.say, warn: console.warn)
        let isNew = !FileManager.default.fileExists(atPath: out)
        var folder = try ModelFolder(out)
        let outcome: CalibrationStudy.Outcome
        let models: [BuiltModel]
        let faster: String
        let scaled: ModelManifest
        do {
            outcome = try await study.run(pictures.sources, settings: settings)
            scaled = try base.scaled(by: outcome.scale.factor)
            let chosen = outcome.rows[0]
            let origin = try origin(outcome, of: source.network, pictures.sources, toolchain: toolchain)
            var made = [
                try await quantised(chosen, compilation, of: source.network, base, name: name, origin: origin)
            ]
            if invocation.has("float32") { made.append(try await float(compilation, name: floatName, like: origin)) }
            let processor = try await CPUQuantisation(
                compilation: compilation, description: description, library: library, tolerance: settings.tolerance,
                quantiser: toolchain.version(of: "onnxruntime")
            ).compared(
                with: network.engine, calibration: chosen.calibration, outcome, name: name + "-cpu", origin: origin)
            faster = processor.words
            models = made + [processor.model].compactMap { $0 }
        } catch {
            await network.engine.close()
            // Nothing was written yet: what was computed is in the cache.
            if isNew { rmdir(out) }
            throw error
        }
        await network.engine.close()
        console.clearProgress()
        var written: [String] = []
        for model in models { written.append(try folder.write(model, like: scaled, plan: plan)) }
        console.say(faster)
        if let report = invocation.value(of: "report") { try CalibrationTable.write(outcome, to: report) }
        try console.output(CalibrationTable.text(of: outcome))
        console.say("Chosen: \(outcome.reason).")
        let scaling = CalibrationTable.words(of: outcome.scale, isAskedFor: settings.matchesTruth)
        if let scaling { console.say(scaling) }
        let warning = CalibrationTable.warning(
            of: outcome.report, against: outcome.float.test, tolerance: settings.tolerance)
        if let warning { console.warn(warning) }
        for path in written { console.say("Wrote \(path).") }
        return .success
    }

    /// Compiles the calibration that was chosen for both sizes of a launch.
    private static func quantised(
        _ chosen: CalibrationStudy.Row, _ compilation: Compilation, of network: String, _ base: ModelManifest,
        name: String, origin: ModelOrigin
    ) async throws -> BuiltModel {
        let factor = chosen.factor == 1 ? nil : chosen.factor
        var model = BuiltModel(name: name, origin: origin)
        model.add(network, as: base.name + ".onnx", for: .openvino, batch: 1)
        for batch in [1, 4] {
            model.add(
                try await compilation.int8(chosen.calibration, batch: batch), as: "\(name)-b\(batch).bmodel",
                for: .bm1684, batch: batch, factor: factor)
        }
        model.add(
            try await compilation.reference(chosen.calibration), as: name + "-reference.zip", for: .int8Reference,
            batch: 1, factor: factor)
        return model
    }

    /// Compiles the network as it is.
    /// - Parameter origin: of the model that was quantised.
    private static func float(
        _ compilation: Compilation, name: String, like origin: ModelOrigin
    ) async throws -> BuiltModel {
        var model = BuiltModel(
            name: name,
            origin: ModelOrigin(
                compiler: origin.compiler, network: origin.network, calibration: [], thresholds: nil, floatLayers: 0,
                scale: origin.scale, images: origin.images, floatMAE: origin.floatMAE, int8MAE: nil, difference: nil))
        for batch in [1, 4] {
            model.add(
                try await compilation.float(batch: batch), as: "\(name)-b\(batch).bmodel", for: .bm1684, batch: batch)
        }
        return model
    }

    /// Why the compiler is not let group operators; `nil` where it is.
    private static func reasonNotToGroup(_ check: GraphCheck) -> String? {
        if check.operators.values.reduce(0, +) > Compilation.groupingLimit {
            return "they are too many for the compiler's search of what goes together"
        }
        guard let first = check.apart.first else { return nil }
        return "grouped with others, \(first)\(check.apart.count > 1 ? " and the like" : "") may be computed wrongly"
    }

    private static func origin(
        _ outcome: CalibrationStudy.Outcome, of onnx: String, _ pictures: [CalibrationStudy.Source],
        toolchain: Toolchain
    ) throws -> ModelOrigin {
        let chosen = outcome.rows[0]
        return ModelOrigin(
            compiler: toolchain.version, network: try SHA256Digest(ofFile: onnx),
            calibration: try pictures.filter { chosen.pictures.contains($0.name) }.map {
                ModelOrigin.Picture(name: $0.name, sha256: try SHA256Digest(ofFile: $0.path))
            }, thresholds: chosen.calibration.method.rawValue, floatLayers: chosen.calibration.floatLayers,
            scale: outcome.scale.factor == 1 ? nil : outcome.scale.factor,
            images: outcome.float.test.images, floatMAE: outcome.float.test.mae, int8MAE: outcome.report.mae,
            difference: outcome.report.difference)
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
            guard settings.together.allSatisfy({ $0 < settings.candidates }) else {
                throw invocation.refusal(of: "together", needed: "numbers below --candidates, \(settings.candidates)")
            }
        }
        settings.mixed = try invocation.integer(of: "mixed", in: 0...100) ?? settings.mixed
        settings.matchesTruth = invocation.has("match-truth")
        if invocation.has("quick") { settings.methods = [.divergence] }
        settings.random = try invocation.integer(of: "random", in: 0...1000) ?? 0
        settings.many = try invocation.integer(of: "many", in: 0...10_000) ?? 0
        settings.seed = try invocation.integer(of: "seed", in: 0...Int(Int32.max)).map { UInt64($0) } ?? settings.seed
        return settings
    }
}
