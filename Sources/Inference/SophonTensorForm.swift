import CSophon

/// How one tensor of a compiled network lies in memory.
struct SophonTensorForm: Sendable, Equatable {
    enum Element: Int32, Sendable {
        case float32 = 0
        case int8 = 2
        case uint8 = 3

        var bytes: Int { self == .float32 ? 4 : 1 }
    }

    enum Layout: Int32, Sendable {
        /// Tile after tile.
        case plain = 0
        /// Four tiles to a 32-bit word.
        case fourLanes = 2
    }

    let element: Element
    let layout: Layout
    /// Of an input, steps per unit; of an output, units per step. 1 for numbers in single precision.
    let scale: Float
    /// Tiles, channels, rows, columns.
    let sides: [Int]
    /// Bytes of the buffer that the runtime wants for it.
    let bufferBytes: Int

    /// Bytes that it takes, empty lanes among them.
    var byteCount: Int {
        let tiles = layout == .fourLanes ? (sides[0] + 3) / 4 * 4 : sides[0]
        return tiles * tileElements * element.bytes
    }

    /// Elements of one tile.
    var tileElements: Int { sides[1] * sides[2] * sides[3] }

    /// Where the first element of a tile lies, in elements.
    func start(ofTile tile: Int) -> Int {
        switch layout {
        case .plain: tile * tileElements
        case .fourLanes: tile / 4 * 4 * tileElements + tile % 4
        }
    }

    /// From an element of a tile to its next, in elements.
    var step: Int { layout == .fourLanes ? 4 : 1 }

    /// This tensor in another layout.
    func laidOut(_ layout: Layout) -> SophonTensorForm {
        SophonTensorForm(element: element, layout: layout, scale: scale, sides: sides, bufferBytes: bufferBytes)
    }

    /// The runtime's words for this tensor in `memory`.
    func tensor(in memory: sophon_memory) -> sophon_tensor {
        var tensor = sophon_tensor()
        tensor.type = element.rawValue
        tensor.store_mode = layout.rawValue
        tensor.memory = memory
        tensor.shape.count = Int32(sides.count)
        withUnsafeMutableBytes(of: &tensor.shape.sides) { raw in
            let target = raw.bindMemory(to: Int32.self)
            for (index, side) in sides.enumerated() { target[index] = Int32(side) }
        }
        return tensor
    }
}
