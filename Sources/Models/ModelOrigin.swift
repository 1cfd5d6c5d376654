public import Digest

/// How a compiled or quantised model was made, and how good it was found to be.
public struct ModelOrigin: Sendable, Hashable, Codable {
    /// A picture that thresholds were taken from.
    public struct Picture: Sendable, Hashable, Codable {
        /// Its file's name.
        public let name: String
        /// Of the file.
        public let sha256: SHA256Digest

        /// A picture of two parts.
        public init(name: String, sha256: SHA256Digest) {
            self.name = name
            self.sha256 = sha256
        }
    }

    /// What compiled, such as `tpu_mlir 1.30.2`.
    public let compiler: String
    /// Of the network in floating point.
    public let network: SHA256Digest
    /// What it was calibrated on; nothing for one that is not quantised.
    public let calibration: [Picture]
    /// How thresholds were taken from it, in the compiler's word.
    public let thresholds: String?
    /// The last operators that stay in floating point.
    public let floatLayers: Int
    /// What counts were scaled by to be the true ones, within the model's density scale; absent where they were not.
    public let scale: Double?
    /// Pictures that the figures below are of, the errors of those among them with a true count; none was used to make the
    /// model.
    public let images: Int
    /// Mean absolute error of the network in floating point on them; absent where no true count is known.
    public let floatMAE: Double?
    /// Mean absolute error of the quantised network on them; absent where no true count is known.
    public let int8MAE: Double?
    /// Mean absolute difference between the two networks' counts on them; absent for one that is not quantised.
    public let difference: Double?

    /// An origin of all its parts.
    public init(
        compiler: String, network: SHA256Digest, calibration: [Picture], thresholds: String?, floatLayers: Int,
        scale: Double?, images: Int, floatMAE: Double?, int8MAE: Double?, difference: Double?
    ) {
        self.compiler = compiler
        self.network = network
        self.calibration = calibration
        self.thresholds = thresholds
        self.floatLayers = floatLayers
        self.scale = scale
        self.images = images
        self.floatMAE = floatMAE
        self.int8MAE = int8MAE
        self.difference = difference
    }
}
