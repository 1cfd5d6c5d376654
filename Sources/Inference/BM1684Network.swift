import Density

/// What a compiled file expects and gives, checked against the manifest's description of it.
struct BM1684Network: Sendable {
    /// From tiles to the input tensor, chosen by what the file says of its input.
    enum Packing: Sendable {
        case fourLanes(FourLanePacking)
        case plain(PlainPacking, Quantisation)
        case numbers(PlainPacking, Normalisation)
    }

    /// Tiles of a launch.
    let batch: Int
    let input: SophonTensorForm
    let output: SophonTensorForm

    private let packing: Packing
    private let cells: PixelSize
    private let densityScale: Float

    /// - Throws: `InferenceError.modelRefused` with what was found and what is needed.
    init(
        _ inspection: SophonInspection, file: NetworkDescription.File, of description: NetworkDescription,
        model: String, plainInput: Bool
    ) throws(InferenceError) {
        let requirements = BM1684Requirements(file: file, description: description, model: model)
        let (input, output) = try requirements.tensors(of: inspection)
        self.input = plainInput ? input.laidOut(.plain) : input
        self.output = output
        batch = file.batch
        cells = requirements.cells
        densityScale = description.densityScale
        let preprocessing = description.preprocessing
        let plain = PlainPacking(tile: description.tile)
        switch (self.input.element, self.input.layout) {
        case (.float32, _):
            packing = .numbers(plain, Normalisation(preprocessing))
        case (_, .plain):
            packing = .plain(plain, Quantisation(preprocessing, inputScale: input.scale))
        case (_, .fourLanes):
            packing = .fourLanes(
                FourLanePacking(
                    tile: description.tile, quantisation: Quantisation(preprocessing, inputScale: input.scale)))
        }
    }

    /// Writes the input tensor; lanes behind the last tile are zero.
    /// - Precondition: at most `batch` tiles, and a buffer of at least `input.byteCount` bytes.
    func pack(_ tiles: [Tile], into buffer: UnsafeMutableRawBufferPointer) {
        precondition(tiles.count <= batch, "\(tiles.count) tiles in a batch of \(batch)")
        let tensor = UnsafeMutableRawBufferPointer(rebasing: buffer[..<input.byteCount])
        switch packing {
        case .fourLanes(let packing):
            packing.pack(tiles, into: tensor)
        case .plain(let packing, let quantisation):
            packing.pack(tiles, with: quantisation, into: tensor)
            clear(tensor, behind: tiles.count)
        case .numbers(let packing, let normalisation):
            packing.pack(tiles, with: normalisation, into: tensor)
            clear(tensor, behind: tiles.count)
        }
    }

    /// The maps of the first `count` lanes of the output tensor.
    func unpack(_ count: Int, from buffer: UnsafeMutableRawBufferPointer) -> [DensityMap] {
        (0..<count).map { DensityMap(size: cells, cells: values(ofTile: $0, in: buffer)) }
    }

    private func values(ofTile tile: Int, in buffer: UnsafeMutableRawBufferPointer) -> [Float] {
        let start = output.start(ofTile: tile)
        let places = stride(from: start, to: start + cells.area * output.step, by: output.step)
        switch output.element {
        case .float32:
            let floats = buffer.assumingMemoryBound(to: Float.self)
            return places.map { floats[$0] * densityScale }
        case .int8: return places.map { Float(Int8(bitPattern: buffer[$0])) * output.scale * densityScale }
        case .uint8: return places.map { Float(buffer[$0]) * output.scale * densityScale }
        }
    }

    private func clear(_ tensor: UnsafeMutableRawBufferPointer, behind tiles: Int) {
        let used = tiles * input.tileElements * input.element.bytes
        UnsafeMutableRawBufferPointer(rebasing: tensor[used...]).initializeMemory(as: UInt8.self, repeating: 0)
    }
}
