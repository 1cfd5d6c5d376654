import Charts
import Density
import Glibc
import Testing

struct ColourMapTests {
    /// CIELAB of an sRGB colour, D65.
    private func lab(_ colour: PixelColour) -> (l: Double, a: Double, b: Double) {
        func linear(_ part: UInt8) -> Double {
            let value = Double(part) / 255
            return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
        }
        let (r, g, b) = (linear(colour.red), linear(colour.green), linear(colour.blue))
        func f(_ t: Double) -> Double { t > 0.008856 ? cbrt(t) : 7.787 * t + 16.0 / 116 }
        let x = f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047)
        let y = f(0.2126 * r + 0.7152 * g + 0.0722 * b)
        let z = f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883)
        return (116 * y - 16, 500 * (x - y), 200 * (y - z))
    }

    @Test("Lightness grows evenly from end to end", arguments: [ColourMap.viridis, .inferno])
    func evenLightness(map: ColourMap) {
        let lightness = (0...16).map { lab(map.colour(of: Double($0) / 16)).l }
        let steps = zip(lightness.dropFirst(), lightness).map { $0 - $1 }
        let mean = steps.reduce(0, +) / Double(steps.count)
        #expect(mean > 4)
        for step in steps { #expect(step > 0.4 * mean && step < 1.8 * mean, "\(steps)") }
    }

    @Test("Numbers outside 0...1 have the colours of the ends")
    func ends() {
        #expect(ColourMap.viridis.colour(of: -1) == PixelColour(red: 0x44, green: 0x01, blue: 0x54))
        #expect(ColourMap.viridis.colour(of: 7) == PixelColour(red: 0xFD, green: 0xE7, blue: 0x25))
        #expect(ColourMap.inferno.colour(of: .nan) == ColourMap.inferno.colour(of: 0))
    }
}
