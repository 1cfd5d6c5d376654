import Density

/// How broad the colours and the brightness of some tiles are, in 0...255 units.
struct PixelSpread {
    /// Root of the mean squared distance of a channel from its pixel's gray.
    let colour: Double
    /// Standard deviation of the gray.
    let brightness: Double

    init(_ tiles: [Tile]) {
        var (number, sum, squares, chroma) = (0.0, 0.0, 0.0, 0.0)
        for tile in tiles {
            for row in 0..<tile.size.height {
                let start = tile.offset(ofRow: row)
                // Every fourth pixel: it is an average.
                for x in stride(from: 0, to: tile.size.width, by: 4) {
                    let place = start + x * Picture.channels
                    let (red, green, blue) = (
                        Double(tile.picture.pixels[place]), Double(tile.picture.pixels[place + 1]),
                        Double(tile.picture.pixels[place + 2])
                    )
                    let gray = (red + green + blue) / 3
                    number += 1
                    sum += gray
                    squares += gray * gray
                    chroma +=
                        ((red - gray) * (red - gray) + (green - gray) * (green - gray) + (blue - gray) * (blue - gray))
                        / 3
                }
            }
        }
        let mean = sum / max(1, number)
        brightness = max(0, squares / max(1, number) - mean * mean).squareRoot()
        colour = (chroma / max(1, number)).squareRoot()
    }
}
