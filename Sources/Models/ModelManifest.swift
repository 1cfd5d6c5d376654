public import Density
public import Digest
public import Inference

/// What a model is and how it is used: the JSON file that lies beside the model's files, and the row of it in SQL.
///
/// A manifest that exists is valid: both initialisers refuse what cannot be used.
public struct ModelManifest: Sendable, Hashable {
    /// What the network takes.
    public struct Input: Sendable, Hashable {
        /// Width of a tile, in pixels.
        public let width: Int
        /// Height of a tile, in pixels.
        public let height: Int
        /// The channels, in order.
        public let colour: ChannelOrder
        /// One per channel, in 0...255 units: a network's input is `(pixel - mean) * scale`.
        public let mean: [Double]
        /// One per channel.
        public let scale: [Double]

        /// An input of all its parts.
        public init(width: Int, height: Int, colour: ChannelOrder, mean: [Double], scale: [Double]) {
            self.width = width
            self.height = height
            self.colour = colour
            self.mean = mean
            self.scale = scale
        }
    }

    /// What the network gives.
    public struct Output: Sendable, Hashable, Codable {
        /// Pixels of the tile per density cell, on both axes.
        public let stride: Int
        /// People per unit of the network's output.
        public let densityScale: Double

        /// An output of two parts.
        public init(stride: Int, densityScale: Double) {
            self.stride = stride
            self.densityScale = densityScale
        }
    }

    /// One file of the model.
    public struct File: Sendable, Hashable, Codable {
        /// Where it lies, from the manifest's folder down; `/` between folders.
        public let path: String
        /// Tiles per launch it was made for; 1 for an ONNX file of free shape.
        public let batch: Int
        /// The digest of its content.
        public let sha256: SHA256Digest
        /// What its output is multiplied by beside the model's density scale, where it was quantised and errs on the
        /// whole; the same for every file of an engine.
        public let factor: Double?

        /// A file of all its parts.
        public init(path: String, batch: Int, sha256: SHA256Digest, factor: Double? = nil) {
            self.path = path
            self.batch = batch
            self.sha256 = sha256
            self.factor = factor
        }
    }

    /// Lower-case letters, digits, `-` and `_`, at most `nameLimit`.
    public let name: String
    /// What a person should know about the model.
    public let summary: String?
    /// The licence of the weights, as an SPDX identifier or in words.
    public let licence: String?
    /// What the network takes.
    public let input: Input
    /// What the network gives.
    public let output: Output
    /// The plan that a run of this model uses where none is asked for.
    public let plan: TilePlan?
    /// At least one engine, each with at least one file.
    public let files: [EngineKind: [File]]
    /// How the quantised files were made, where `headcount model build` made them.
    public let origin: ModelOrigin?

    /// Longest name of a model, in bytes.
    public static let nameLimit = 63
    /// Longest side of a tile, in pixels.
    public static let sideLimit = 8192
    /// Most tiles per launch.
    public static let batchLimit = 64

    /// A manifest of all its parts.
    /// - Throws: `ModelsError.invalid`, naming the model for the manifest's file.
    public init(
        name: String, summary: String? = nil, licence: String? = nil, input: Input, output: Output,
        plan: TilePlan? = nil, files: [EngineKind: [File]], origin: ModelOrigin? = nil
    ) throws(ModelsError) {
        self.name = name
        self.summary = summary
        self.licence = licence
        self.input = input
        self.output = output
        self.plan = plan
        self.files = files
        self.origin = origin
        if let fault = firstFault() {
            throw .invalid(manifest: "the manifest of \(name)", key: fault.key, problem: fault.problem)
        }
    }

    /// The same model with all its counts multiplied by a factor.
    /// - Throws: `ModelsError.invalid` where its density scale leaves what can be computed with.
    public func scaled(by factor: Double) throws(ModelsError) -> ModelManifest {
        try ModelManifest(
            name: name, summary: summary, licence: licence, input: input,
            output: Output(stride: output.stride, densityScale: output.densityScale * factor), plan: plan,
            files: files, origin: origin)
    }
}
