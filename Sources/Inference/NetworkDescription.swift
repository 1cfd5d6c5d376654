public import Density

/// A network as its manifest describes it to one engine: files on this machine and how to use them.
public struct NetworkDescription: Sendable, Hashable {
    /// One file of the network.
    public struct File: Sendable, Hashable {
        /// Where it lies on this machine.
        public let path: String
        /// Tiles per launch it was made for. An ONNX file of free shape counts as 1.
        public let batch: Int

        /// A file of two parts.
        public init(path: String, batch: Int) {
            self.path = path
            self.batch = batch
        }
    }

    /// The model's name, for messages.
    public let name: String
    /// At least one file.
    public let files: [File]
    /// Width and height of a tile, in pixels; both multiples of `outputStride`.
    public let tile: PixelSize
    /// From pixels to input values.
    public let preprocessing: Preprocessing
    /// Pixels of the tile per density cell, on both axes.
    public let outputStride: Int
    /// People per unit of the network's output: the count is the sum of the output times this.
    public let densityScale: Float

    /// A description of all its parts.
    public init(
        name: String, files: [File], tile: PixelSize, preprocessing: Preprocessing, outputStride: Int,
        densityScale: Float
    ) {
        self.name = name
        self.files = files
        self.tile = tile
        self.preprocessing = preprocessing
        self.outputStride = outputStride
        self.densityScale = densityScale
    }

    /// The same network in another file for one tile.
    public func with(file path: String) -> NetworkDescription {
        NetworkDescription(
            name: name, files: [File(path: path, batch: 1)], tile: tile, preprocessing: preprocessing,
            outputStride: outputStride, densityScale: densityScale)
    }
}
