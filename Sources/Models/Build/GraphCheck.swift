public import Density
import FoundationEssentials
import Inference

/// What an ONNX network is, found by reading and by running it.
public struct GraphCheck: Sendable, Hashable, Decodable {
    /// What is known of the network's input before it is looked at; what is not is taken from the network, and is 768 by
    /// 576 pixels of three channels where that leaves it free.
    public struct Expectation: Sendable, Hashable {
        /// Channels of its input.
        public var channels: Int?
        /// Sides of a tile, in pixels.
        public var tile: PixelSize?

        /// An expectation of two parts.
        public init(channels: Int? = nil, tile: PixelSize? = nil) {
            self.channels = channels
            self.tile = tile
        }
    }

    /// Name of its one input.
    public let input: String
    /// Name of its one output.
    public let output: String
    /// Channels of its input.
    public let channels: Int
    /// Width of the tile it was run on, in pixels.
    public let width: Int
    /// Height of that tile.
    public let height: Int
    /// Pixels of a tile per density cell, on both axes.
    public let stride: Int
    /// How often each operator stands in it.
    public let operators: [String: Int]
    /// Those of them that nobody has seen the compiler take for this chip: it may, or it says why not.
    public let untried: [String]
    /// Convolutions of squares that do not overlap, such as of 4x4 pixels with stride 4, and transposed ones, by name: where
    /// the compiler grouped such ones with others, the vendor's simulator of the chip was seen to compute something else.
    public let apart: [String]
    /// Thousands of millions of multiplications per tile; `nil` where the shapes do not tell.
    public let gmac: Double?
    /// Version of ONNX's operators.
    public let opset: Int
    /// For each side of the input, true where it is free.
    public let free: [Bool]

    private struct Refusal: Decodable {
        let problem: String
    }

    /// Reads and runs a network.
    /// - Parameter network: path of the ONNX file.
    /// - Throws: `ModelsError.networkRefused` in plain words, `.buildFailed` where the check itself failed.
    public static func run(
        on network: String, expecting known: Expectation, cache: BuildCache
    ) async throws -> GraphCheck {
        let sides = [known.channels, known.tile?.width, known.tile?.height].map { "\($0 ?? 0)" }
        let step = BuildStep(
            title: "check", words: cache.toolchain.program("check.py") + ["network.onnx"] + sides,
            inputs: ["network.onnx": network, "program": cache.toolchain.programs + "/check.py"], outputs: [])
        do {
            let place = try await cache.outcome(of: step)
            return try JSONDecoder().decode(GraphCheck.self, from: try answer(in: place + "/log"))
        } catch let failure as ModelsError {
            // Not kept as an outcome: what is wrong may pass, such as too little memory.
            if case .buildFailed(_, _, let log) = failure,
                let refusal = try? JSONDecoder().decode(Refusal.self, from: answer(in: log))
            {
                throw ModelsError.networkRefused(network: network, problem: refusal.problem)
            }
            throw failure
        } catch is DecodingError {
            throw ModelsError.networkRefused(network: network, problem: "what the check says of it cannot be read")
        }
    }

    /// The last line: warnings of the runtime stand before it.
    private static func answer(in log: String) throws(ModelsError) -> Data {
        Data(try FileContent.read(log).split(separator: UInt8(ascii: "\n")).last ?? [])
    }
}

extension GraphCheck: CustomStringConvertible {
    /// `?` where a side is free. Such as `input image [?,3,?,?], output density, tiles of 768x576, stride 8, 36 operators
    /// (Conv 17, Relu 16, MaxPool 3), opset 13, 183.36 GMAC a tile`.
    public var description: String {
        let sides = zip([1, channels, height, width], free).map { $1 ? "?" : "\($0)" }
        let counts = operators.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.key) \($0.value)" }
        let work = gmac.map { ", \(Self.rounded($0)) GMAC a tile" } ?? ""
        return "input \(input) [\(sides.joined(separator: ","))], output \(output), tiles of \(width)x\(height), "
            + "stride \(stride), \(operators.values.reduce(0, +)) operators (\(counts.joined(separator: ", "))), "
            + "opset \(opset)\(work)"
    }

    /// Two digits behind the point.
    private static func rounded(_ number: Double) -> String {
        let hundredths = Int((number * 100).rounded())
        return "\(hundredths / 100).\(String("0\(hundredths % 100)".suffix(2)))"
    }
}
