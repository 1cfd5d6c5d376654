/// Linear light to the brightness of a pixel, 0 ... 1: a soft shoulder, the sRGB curve and contrast, from a table.
struct ToneCurve {
    private static let steps = 2048
    /// Highest light that is told apart.
    private static let white: Float = 4
    private let table: [Float]

    init(contrast: Float) {
        table = (0...Self.steps).map { step in
            let root = Float(step) / Float(Self.steps)
            let light = root * root * Self.white
            // Straight up to the middle, then bent towards 1.
            let level = light * (1 + light / 9) / (1 + light * 0.62)
            let encoded = level <= 0.0031308 ? level * 12.92 : 1.055 * Curves.power(level, 1 / 2.4) - 0.055
            let bounded = Curves.clamped(encoded)
            return Curves.mix(bounded, bounded * bounded * (3 - 2 * bounded), contrast)
        }
    }

    @inline(__always)
    func tone(_ light: Float) -> Float {
        let place = Curves.clamped(light * (1 / Self.white)).squareRoot() * Float(Self.steps)
        let index = min(Self.steps - 1, Int(place))
        return Curves.mix(table[index], table[index + 1], place - Float(index))
    }
}
