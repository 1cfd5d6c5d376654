import Arguments
import Density
import Digest
import Inference
import Models

/// The network that a build begins with: one that a manifest describes, or a bare ONNX file and what the options say of
/// it.
struct BuildSource {
    static let options = [
        Option("tile", value: "WxH", "Of an ONNX file: width and height of a tile in pixels (its own, else 768x576)."),
        Option(
            "colour", choices: ["rgb", "bgr", "gray"], "Of an ONNX file: its channels (rgb, or gray where it has one)."),
        Option(
            "mean", value: "N[,N,N]",
            "Of an ONNX file: what is taken from each channel's pixels of 0 to 255; one number for all (0)."),
        Option(
            "scale", value: "N[,N,N]",
            "Of an ONNX file: what they are multiplied by then, such as 1 divided by 255 times the deviation (1/255)."),
        Option(
            "people", value: "N",
            "Of an ONNX file: people per unit of its output, such as 0.01 for one trained on hundredths (1)."),
    ]

    /// What describes the network.
    let manifest: ModelManifest
    /// Path of the ONNX file.
    let network: String
    /// The network, its file's digest checked.
    let description: NetworkDescription
    /// What was found in it.
    let check: GraphCheck
    /// What the options left to be assumed; `nil` for a manifest, which says all.
    let assumed: String?

    /// Reads what is there, and reads and runs the network.
    init(_ path: String, _ invocation: Invocation, cache: BuildCache) async throws {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        if path.hasSuffix(".onnx") {
            network = path
            let colour = invocation.value(of: "colour").flatMap(ChannelOrder.init(rawValue:))
            check = try await GraphCheck.run(
                on: path,
                expecting: GraphCheck.Expectation(channels: colour?.channels, tile: try Self.tile(invocation)),
                cache: cache)
            manifest = try Self.manifest(of: path, check, colour, invocation)
            assumed = Self.assumptions(manifest, invocation)
        } else {
            if let stray = Self.options.first(where: { invocation.value(of: $0.name) != nil }) {
                throw UsageError.conflict(
                    "--\(stray.name) goes with an ONNX file: a manifest says it", path: invocation.path)
            }
            manifest = try ModelManifest.load(path: path)
            network = try manifest.description(for: .openvino, filesIn: folder).files[0].path
            let tile = PixelSize(width: manifest.input.width, height: manifest.input.height)
            check = try await GraphCheck.run(
                on: network,
                expecting: GraphCheck.Expectation(channels: manifest.input.colour.channels, tile: tile), cache: cache)
            guard check.stride == manifest.output.stride else {
                throw ModelsError.networkRefused(
                    network: network,
                    problem: "its output stride is \(check.stride), its manifest says \(manifest.output.stride)")
            }
            assumed = nil
        }
        description = try manifest.description(for: .openvino, filesIn: folder)
    }

    private static func manifest(
        of path: String, _ check: GraphCheck, _ colour: ChannelOrder?, _ invocation: Invocation
    ) throws -> ModelManifest {
        let colour = colour ?? (check.channels == 1 ? .gray : .rgb)
        let file = path.split(separator: "/").last.map(String.init) ?? path
        let people = try number(of: "people", invocation) ?? 1
        guard people > 0 else { throw invocation.refusal(of: "people", needed: "a number above 0") }
        return try ModelManifest(
            // A name that has nothing of the file's is told by --name, or is any.
            name: name(file) ?? invocation.value(of: "name") ?? unnamed,
            input: ModelManifest.Input(
                width: check.width, height: check.height, colour: colour,
                mean: try numbers(of: "mean", else: 0, colour.channels, invocation),
                scale: try numbers(of: "scale", else: 1 / 255, colour.channels, invocation)),
            output: ModelManifest.Output(stride: check.stride, densityScale: people),
            files: [.openvino: [ModelManifest.File(path: file, batch: 1, sha256: try SHA256Digest(ofFile: path))]])
    }

    /// `My Net.v2.onnx` as `my-net-v2`.
    /// - Returns: `nil` where no letter or digit of the file's name may stand in a model's.
    private static func name(_ file: String) -> String? {
        let allowed = Set("abcdefghijklmnopqrstuvwxyz0123456789-_")
        let letters = file.dropLast(5).lowercased().map { allowed.contains($0) ? $0 : "-" }
        let name = String(letters.drop { "-_".contains($0) }.prefix(40))
        return name.isEmpty ? nil : name
    }

    private static let unnamed = "network"

    private static func assumptions(_ manifest: ModelManifest, _ invocation: Invocation) -> String? {
        let input = manifest.input
        var words: [String] = []
        if manifest.name == unnamed && invocation.value(of: "name") == nil { words.append("--name \(unnamed)-int8") }
        if invocation.value(of: "mean") == nil { words.append("--mean \(input.mean[0])") }
        if invocation.value(of: "scale") == nil { words.append("--scale 1/255") }
        if invocation.value(of: "people") == nil { words.append("--people 1") }
        return words.isEmpty ? nil : "Assumed, since nothing else was said: " + words.joined(separator: ", ") + "."
    }

    private static func tile(_ invocation: Invocation) throws -> PixelSize? {
        guard let text = invocation.value(of: "tile") else { return nil }
        let sides = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
        guard sides.count == 2, let width = sides[0], let height = sides[1],
            (1...ModelManifest.sideLimit).contains(width), (1...ModelManifest.sideLimit).contains(height)
        else {
            throw invocation.refusal(
                of: "tile", needed: "a width and a height such as 768x576, of 1 to \(ModelManifest.sideLimit) pixels")
        }
        return PixelSize(width: width, height: height)
    }

    private static func number(of option: String, _ invocation: Invocation) throws -> Double? {
        guard let text = invocation.value(of: option) else { return nil }
        guard let number = Double(text), Float(number).isFinite else {
            throw invocation.refusal(of: option, needed: "a number")
        }
        return number
    }

    /// One number for each channel, or one for all.
    private static func numbers(
        of option: String, else usual: Double, _ channels: Int, _ invocation: Invocation
    ) throws -> [Double] {
        guard let text = invocation.value(of: option) else { return [Double](repeating: usual, count: channels) }
        let numbers = text.split(separator: ",", omittingEmptySubsequences: false).compactMap { Double($0) }
        let written = text.count { $0 == "," } + 1
        guard numbers.count == written, numbers.allSatisfy({ Float($0).isFinite }), [1, channels].contains(written)
        else {
            throw invocation.refusal(
                of: option, needed: channels == 1 ? "a number" : "\(channels) numbers, or one for all")
        }
        return written == channels ? numbers : [Double](repeating: numbers[0], count: channels)
    }
}
