import Density
public import Digest
import FoundationEssentials
import Inference

/// Compiles one network for BM1684: each method is a step or a few, taken from the cache where it was done before.
public struct Compilation: Sendable {
    private let network: String
    private let input: ModelManifest.Input
    private let cache: BuildCache
    private let groupsOperators: Bool
    private let say: @Sendable (String) -> Void

    /// Most operators that the compiler is let group, so that values stay in the chip from one to the next.
    ///
    /// Its search grows with the square of their number: SFCN's 1490 were not done after 23 minutes of computing.
    public static let groupingLimit = 1000

    /// - Parameters:
    ///   - network: path of the ONNX file.
    ///   - input: how its input is to be read.
    ///   - groupsOperators: false to compile operators one by one, which is soon done and runs slower, but is right for
    ///     `GraphCheck.apart`.
    ///   - say: told what is about to be done, in a few words.
    public init(
        network: String, input: ModelManifest.Input, cache: BuildCache, groupsOperators: Bool = true,
        say: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.network = network
        self.input = input
        self.cache = cache
        self.groupsOperators = groupsOperators
        self.say = say
    }

    /// Has the compiler read the network for each size of a launch, which a network may not allow.
    /// - Throws: `ModelsError.buildFailed` with the size.
    public func read(batches: [Int]) async throws {
        for batch in batches { _ = try await transformed(batch: batch) }
    }

    /// Takes the thresholds of every operator from tiles.
    /// - Returns: path of the compiler's table.
    public func table(of calibration: Calibration) async throws -> String {
        if let table = calibration.table { return table }
        let place = try await transformed(batch: 1)
        say("calibrating on \(calibration.tiles.count) tile\(calibration.tiles.count == 1 ? "" : "s")")
        var inputs = Self.files(of: place)
        // Named in order, so that the compiler reads them in order.
        for (index, tile) in calibration.tiles.enumerated() {
            inputs["tiles/\(String("00000\(index)".suffix(6))).png"] = try cache.keep(tile)
        }
        let step = BuildStep(
            title: "calibrate",
            words: cache.toolchain.tool("run_calibration") + [
                "network.mlir", "--dataset", "tiles", "--input_num", "\(calibration.tiles.count)", "--chip", "bm1684",
                "--cali_method", calibration.method.rawValue, "-o", "thresholds",
            ], inputs: inputs, outputs: ["thresholds"])
        return try cache.keep(Self.signed(FileContent.read(try await cache.outcome(of: step) + "/thresholds")))
    }

    /// Compiles the quantised network.
    /// - Parameter batch: tiles a launch, 1 or 4.
    /// - Returns: path of the bmodel.
    public func int8(_ calibration: Calibration, batch: Int) async throws -> String {
        let (inputs, options) = try await quantisation(calibration, batch: batch)
        say("compiling INT8 for \(batch) tile\(batch == 1 ? "" : "s")")
        return try await deployed(inputs, ["--quantize", "INT8"] + options)
    }

    /// Compiles the network in 32-bit floating point.
    /// - Returns: path of the bmodel.
    public func float(batch: Int) async throws -> String {
        let place = try await transformed(batch: batch)
        say("compiling FP32 for \(batch) tile\(batch == 1 ? "" : "s")")
        return try await deployed(Self.files(of: place), ["--quantize", "F32"])
    }

    /// Keeps the quantised network for the engine `int8-reference`.
    /// - Returns: path of the archive.
    public func reference(_ calibration: Calibration) async throws -> String {
        let (inputs, options) = try await quantisation(calibration, batch: 1)
        say("quantising for the reference")
        let quantised = "network_bm1684_int8_sym_tpu.mlir"
        let step = BuildStep(
            title: "quantise",
            words: cache.toolchain.tool("model_deploy") + [
                "--mlir", "network.mlir", "--chip", "bm1684", "--model", "network.bmodel", "--not_gen_bmodel",
                "--debug", "--skip_validation", "--quantize", "INT8",
            ] + options, inputs: inputs, outputs: [quantised], keepsInputs: true)
        let place = try await cache.outcome(of: step)
        var files = Self.files(of: place).filter { $0.key == quantised || $0.key.hasSuffix(".npz") }
        files["program"] = cache.toolchain.programs + "/keep.py"
        let keep = BuildStep(
            title: "keep", words: cache.toolchain.program("keep.py") + [quantised, "reference.zip"], inputs: files,
            outputs: ["reference.zip"])
        return try await cache.outcome(of: keep) + "/reference.zip"
    }

    /// A table by which the input, its first operator, has a sign: bytes without one are not what the engines take.
    static func signed(_ table: [UInt8]) -> [UInt8] {
        var lines = String(decoding: table, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
            .map(String.init)
        if let entry = lines.firstIndex(where: { !$0.hasPrefix("#") && !$0.isEmpty }) {
            // Name, threshold, smallest and largest value.
            var words = lines[entry].split(separator: " ").map(String.init)
            if words.count == 4, let least = Double(words[2]), least >= 0 {
                words[2] = "-" + words[1]
                lines[entry] = words.joined(separator: " ")
            }
        }
        return Array(lines.joined(separator: "\n").utf8)
    }

    /// Names of the operators, in order, and the largest magnitude that the calibration let each take.
    public static func thresholds(in table: String) throws(ModelsError) -> [(name: String, threshold: Double)] {
        let text = String(decoding: try FileContent.read(table), as: UTF8.self)
        return text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard words.count >= 2, !line.hasPrefix("#"), let threshold = Double(words[1]) else { return nil }
            return (String(words[0]), threshold)
        }
    }

    /// The programs that compute a network which `reference(_:)` kept: its counts hang on them.
    public func arithmetic() throws -> SHA256Digest {
        let programs = try ["reference.py", "translation.py"].flatMap {
            try FileContent.read(cache.toolchain.programs + "/" + $0)
        }
        return try SHA256Digest(of: programs)
    }

    /// A number that `keep(_:as:)` kept; `nil` where there is none.
    /// - Parameter key: all that the number hangs on.
    public func keptNumber(_ key: String) -> Double? { cache.number(key) }

    /// Keeps a number that took long to come by.
    public func keep(_ number: Double, as key: String) throws { try cache.keep(number, as: key) }

    private func transformed(batch: Int) async throws -> String {
        let purpose = "for \(batch) tile\(batch == 1 ? "" : "s")"
        say("reading the network \(purpose)")
        let step = BuildStep(
            title: "read the network \(purpose)",
            words: cache.toolchain.tool("model_transform") + [
                "--model_name", "network", "--model_def", "network.onnx", "--input_shapes",
                "[[\(batch),\(input.colour.channels),\(input.height),\(input.width)]]", "--mean", Self.list(input.mean),
                "--scale", Self.list(input.scale), "--pixel_format", input.colour.rawValue, "--mlir", "network.mlir",
            ], inputs: ["network.onnx": network], outputs: ["network.mlir"])
        return try await cache.outcome(of: step)
    }

    private func quantisation(
        _ calibration: Calibration, batch: Int
    ) async throws -> (inputs: [String: String], options: [String]) {
        let table = try await table(of: calibration)
        var inputs = Self.files(of: try await transformed(batch: batch))
        inputs["thresholds"] = table
        var options = ["--calibration_table", "thresholds", "--quant_input"]
        if calibration.floatLayers > 0 {
            let names = try Self.thresholds(in: table).map(\.name).suffix(calibration.floatLayers)
            inputs["layers"] = try cache.keep(Array(names.map { "\($0) F32\n" }.joined().utf8))
            options += ["--quantize_table", "layers"]
        }
        return (inputs, options)
    }

    private func deployed(_ inputs: [String: String], _ options: [String]) async throws -> String {
        let step = BuildStep(
            title: "compile",
            words: cache.toolchain.tool("model_deploy") + [
                "--mlir", "network.mlir", "--chip", "bm1684", "--model", "network.bmodel", "--skip_validation",
            ] + options + (groupsOperators ? [] : ["--disable_layer_group"]), inputs: inputs,
            outputs: ["network.bmodel"])
        return try await cache.outcome(of: step) + "/network.bmodel"
    }

    /// What a step left, by name, without its log.
    private static func files(of place: String) -> [String: String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? []
        let left = names.filter { !$0.hasPrefix(".") && $0 != "log" && ($0.hasSuffix(".mlir") || $0.hasSuffix(".npz")) }
        return Dictionary(uniqueKeysWithValues: left.map { ($0, place + "/" + $0) })
    }

    private static func list(_ numbers: [Double]) -> String {
        numbers.map { "\(Float($0))" }.joined(separator: ",")
    }
}

extension Compilation {
    /// The largest magnitude of each operator's output on each of some pictures, in floating point.
    /// - Parameter pictures: the tiles of each, PNG.
    public func ranges(of pictures: [[[UInt8]]]) async throws -> [[Double]] {
        say("measuring the ranges of \(pictures.count) pictures")
        var inputs = ["network.onnx": network, "program": cache.toolchain.programs + "/ranges.py"]
        for (index, tiles) in pictures.enumerated() {
            for (number, tile) in tiles.enumerated() {
                let digits = { (value: Int) in String("000\(value)".suffix(4)) }
                inputs["\(digits(index))/\(digits(number)).png"] = try cache.keep(tile)
            }
        }
        let folders = pictures.indices.map { String("000\($0)".suffix(4)) }
        let step = BuildStep(
            title: "measure ranges",
            words: cache.toolchain.program("ranges.py") + [
                "network.onnx", input.colour.rawValue, Self.list(input.mean), Self.list(input.scale),
            ] + folders, inputs: inputs, outputs: [])
        let place = try await cache.outcome(of: step)
        let lines = try FileContent.read(place + "/log").split(separator: UInt8(ascii: "\n"))
        return try JSONDecoder().decode([[Double]].self, from: Data(lines.last ?? []))
    }

    /// Quantises the network for the CPU, on the same tiles: QDQ ONNX.
    /// - Returns: path of the ONNX file.
    public func cpuInt8(_ calibration: Calibration) async throws -> String {
        say("quantising for the CPU")
        var inputs = ["network.onnx": network]
        for program in ["qdq.py", "ranges.py"] {
            inputs["programs/" + program] = cache.toolchain.programs + "/" + program
        }
        for (index, tile) in calibration.tiles.enumerated() {
            inputs["tiles/\(String("00000\(index)".suffix(6))).png"] = try cache.keep(tile)
        }
        let step = BuildStep(
            title: "quantise for the CPU",
            words: cache.toolchain.program("qdq.py") + [
                "network.onnx", input.colour.rawValue, Self.list(input.mean), Self.list(input.scale), "tiles",
                "int8.onnx",
            ], inputs: inputs, outputs: ["int8.onnx"])
        return try await cache.outcome(of: step) + "/int8.onnx"
    }
}
