/// Letters of nine by eighteen pixels, for legends within pictures.
enum PixelFont {
    static let width = 9
    static let height = 18

    /// Calls `body` for every pixel that a text covers, from (0, 0) at its top left; what is not ASCII shows as `?`.
    static func forEachPixel(of text: String, _ body: (_ x: Int, _ y: Int) -> Void) {
        for (place, scalar) in text.unicodeScalars.enumerated() {
            let shown = (32..<127).contains(scalar.value) ? scalar : "?"
            for (y, row) in glyphs[Int(shown.value) - 32].enumerated() {
                for x in 0..<width where row & (1 << (width - 1 - x)) != 0 { body(place * width + x, y) }
            }
        }
    }

    private static let glyphs: [[Int]] = rows.split(separator: "\n").map { glyph(String($0)) }

    private static func glyph(_ line: String) -> [Int] {
        let digits = line.compactMap(\.hexDigitValue)
        return (0..<digits.count / 3).map { row in
            digits[3 * row..<3 * row + 3].reduce(0) { $0 << 4 | $1 }
        }
    }
}
