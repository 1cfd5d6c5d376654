import FoundationEssentials

/// What an ONNX network is, found by reading and by running it.
public struct GraphCheck: Sendable, Hashable, Decodable {
    /// Name of its one input.
    public let input: String
    /// Name of its one output.
    public let output: String
    /// Pixels of a tile per density cell, on both axes.
    public let stride: Int
    /// How often each operator stands in it.
    public let operators: [String: Int]
    /// Thousands of millions of multiplications per tile; `nil` where the shapes do not tell.
    public let gmac: Double?
    /// Version of ONNX's operators.
    public let opset: Int
    /// For each side of the input, true where it is free.
    public let free: [Bool]

    private struct Refusal: Decodable {
        let problem: String
    }

    /// Reads what `check.py` prints.
    /// - Parameter network: the file's path, for the message.
    /// - Throws: `ModelsError.networkRefused` with its words.
    init(json: [UInt8], network: String) throws(ModelsError) {
        let content = Data(json)
        if let refusal = try? JSONDecoder().decode(Refusal.self, from: content) {
            throw .networkRefused(network: network, problem: refusal.problem)
        }
        do {
            self = try JSONDecoder().decode(GraphCheck.self, from: content)
        } catch {
            throw .networkRefused(network: network, problem: "what the check says of it cannot be read")
        }
    }
}
