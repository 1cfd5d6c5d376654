import Density

/// The networks of Tests/Networks computed step by step: `relu(A * value + b)` for two features, each summed, weighted,
/// over squares of four by four pixels.
struct TinyNetworkFormula {
    private static let features: [[Double]] = [[2, -1, 1], [-1, 3, 1]].map { $0.map { $0 / 8 } }
    private static let bias: [Double] = [1.0 / 8, 2.0 / 8]

    let preprocessing: Preprocessing

    /// The density of one tile, row by row of cells.
    func cells(of tile: Tile) -> [Double] {
        (0..<tile.size.height / 4).flatMap { row in
            (0..<tile.size.width / 4).map { column in cell(of: tile, row: row, column: column) }
        }
    }

    private func cell(of tile: Tile, row: Int, column: Int) -> Double {
        var sum = 0.0
        for feature in 0..<2 {
            for y in 0..<4 {
                for x in 0..<4 {
                    let weight = Double((feature * 16 + y * 4 + x) % 5 + 1) / 8
                    sum += weight * active(feature, tile, column * 4 + x, row * 4 + y)
                }
            }
        }
        return sum
    }

    private func active(_ feature: Int, _ tile: Tile, _ x: Int, _ y: Int) -> Double {
        let start = tile.offset(ofRow: y) + x * Picture.channels
        let rgb = Array(tile.picture.pixels[start..<start + 3])
        let levels: [UInt8] =
            switch preprocessing.colour {
            case .rgb: rgb
            case .bgr: rgb.reversed()
            // The gray network has the sum of the three weights for its one channel.
            case .gray: .init(repeating: ChannelOrder.gray(red: rgb[0], green: rgb[1], blue: rgb[2]), count: 3)
            }
        var sum = Self.bias[feature]
        for channel in 0..<3 {
            let of = preprocessing.colour == .gray ? 0 : channel
            let value = (Double(levels[channel]) - Double(preprocessing.mean[of])) * Double(preprocessing.scale[of])
            sum += Self.features[feature][channel] * value
        }
        return max(0, sum)
    }
}
