import Density

/// The layouts and the arithmetic of packing, written as the formulas say and no faster.
struct PackingFormula {
    let preprocessing: Preprocessing
    let inputScale: Float

    /// `((n/4)*C*H*W + (c*H + y)*W + x)*4 + n%4`, empty lanes zero.
    func fourLanes(_ tiles: [Tile]) -> [Int8] {
        let size = tiles[0].size
        let channels = preprocessing.colour.channels
        let padded = (tiles.count + 3) / 4 * 4
        var bytes = [Int8](repeating: 0, count: padded * channels * size.area)
        for (n, tile) in tiles.enumerated() {
            for c in 0..<channels {
                for y in 0..<size.height {
                    for x in 0..<size.width {
                        let element = (c * size.height + y) * size.width + x
                        bytes[((n / 4) * channels * size.area + element) * 4 + n % 4] = step(tile, c, x, y)
                    }
                }
            }
        }
        return bytes
    }

    func plain(_ tiles: [Tile]) -> [Int8] { elements(tiles, step) }

    func numbers(_ tiles: [Tile]) -> [Float] { elements(tiles, number) }

    private func elements<Element>(_ tiles: [Tile], _ value: (Tile, Int, Int, Int) -> Element) -> [Element] {
        tiles.flatMap { tile in
            (0..<preprocessing.colour.channels).flatMap { c in
                (0..<tile.size.height).flatMap { y in
                    (0..<tile.size.width).map { x in value(tile, c, x, y) }
                }
            }
        }
    }

    private func number(_ tile: Tile, _ channel: Int, _ x: Int, _ y: Int) -> Float {
        let start = tile.offset(ofRow: y) + x * 3
        let (red, green, blue) = (
            tile.picture.pixels[start], tile.picture.pixels[start + 1], tile.picture.pixels[start + 2]
        )
        let pixel =
            switch preprocessing.colour {
            case .rgb: [red, green, blue][channel]
            case .bgr: [blue, green, red][channel]
            case .gray: ChannelOrder.gray(red: red, green: green, blue: blue)
            }
        return (Float(pixel) - preprocessing.mean[channel]) * preprocessing.scale[channel]
    }

    private func step(_ tile: Tile, _ channel: Int, _ x: Int, _ y: Int) -> Int8 {
        let exact = number(tile, channel, x, y) * inputScale
        // Away from zero without the library's rounding: what lies half-way or further counts as the next step.
        let whole = Float(Int(exact))
        let rounded = abs(exact - whole) >= 0.5 ? whole + (exact < 0 ? -1 : 1) : whole
        return Int8(clamping: Int(rounded))
    }
}
