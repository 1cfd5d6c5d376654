import Density

/// A picture that is being drawn on. What lies outside it is left out.
struct Canvas {
    let size: PixelSize
    private var pixels: [UInt8]

    /// One colour everywhere.
    init(size: PixelSize, colour: PixelColour) {
        self.size = size
        pixels = Picture(size: size, colour: colour).pixels
    }

    /// What was drawn.
    var picture: Picture { Picture(size: size, pixels: pixels) }

    /// Puts a picture with its top left at (0, `y`).
    mutating func place(_ picture: Picture, y top: Int) {
        let row = min(picture.size.width, size.width) * Picture.channels
        for y in 0..<picture.size.height where (0..<size.height).contains(y + top) {
            let source = y * picture.size.width * Picture.channels
            let target = (y + top) * size.width * Picture.channels
            pixels.replaceSubrange(target..<target + row, with: picture.pixels[source..<source + row])
        }
    }

    /// Fills a rectangle.
    mutating func fill(x: Range<Int>, y: Range<Int>, _ colour: PixelColour) {
        for row in y.clamped(to: 0..<size.height) {
            for column in x.clamped(to: 0..<size.width) { set(column, row, colour) }
        }
    }

    /// Writes a line of text with its top left at a point.
    mutating func write(_ text: String, x left: Int, y top: Int, _ colour: PixelColour) {
        PixelFont.forEachPixel(of: text) { x, y in
            if (0..<size.width).contains(left + x), (0..<size.height).contains(top + y) {
                set(left + x, top + y, colour)
            }
        }
    }

    private mutating func set(_ x: Int, _ y: Int, _ colour: PixelColour) {
        let start = (y * size.width + x) * Picture.channels
        pixels[start] = colour.red
        pixels[start + 1] = colour.green
        pixels[start + 2] = colour.blue
    }
}
