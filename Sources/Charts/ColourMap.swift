public import Density

/// Colours for numbers from 0 to 1, in which equal steps of the number look equally far apart.
public struct ColourMap: Sendable {
    private let colours: [PixelColour]

    /// Reads colours of six hexadecimal digits each; white space between them is left out.
    init(_ table: String) {
        let digits = table.compactMap(\.hexDigitValue).map { UInt8($0) }
        precondition(digits.count >= 12 && digits.count.isMultiple(of: 6), "a table of at least two whole colours")
        colours = stride(from: 0, to: digits.count, by: 6).map { place in
            PixelColour(
                red: digits[place] << 4 | digits[place + 1], green: digits[place + 2] << 4 | digits[place + 3],
                blue: digits[place + 4] << 4 | digits[place + 5])
        }
    }

    /// The colour of a number; what lies outside 0...1 has the colour of the nearer end.
    public func colour(of value: Double) -> PixelColour {
        let place = (min(max(value, 0), 1) * Double(colours.count - 1)).rounded()
        return place.isFinite ? colours[Int(place)] : colours[0]
    }
}
