import Glibc

/// Functions of one number that the renderer is built of.
enum Curves {
    /// Sine and cosine, rounded to 2^-20: the C library's last bits differ between its versions, and pictures may not.
    static func sineAndCosine(_ angle: Float) -> (sine: Float, cosine: Float) {
        (rounded(sin(Double(angle))), rounded(cos(Double(angle))))
    }

    /// The angle of (x, y), rounded like `sineAndCosine`.
    static func angle(_ y: Float, _ x: Float) -> Float { rounded(atan2(Double(y), Double(x))) }

    /// `base` to the power `exponent`, rounded like `sineAndCosine`.
    static func power(_ base: Float, _ exponent: Float) -> Float { rounded(pow(Double(base), Double(exponent))) }

    /// 0 below `low`, 1 above `high`, smooth between (3t² - 2t³); falls where `low` is above `high`.
    @inline(__always)
    static func smooth(_ low: Float, _ high: Float, _ value: Float) -> Float {
        let part = clamped((value - low) / (high - low))
        return part * part * (3 - 2 * part)
    }

    /// `value`, moved into 0 ... 1.
    @inline(__always)
    static func clamped(_ value: Float) -> Float { value < 0 ? 0 : (value > 1 ? 1 : value) }

    /// The way from `start` to `end`, at `fraction` of it.
    @inline(__always)
    static func mix(_ start: Float, _ end: Float, _ fraction: Float) -> Float { start + (end - start) * fraction }

    /// Light that is left after an exponential loss, as the rational (1 + x/4)^-4, which needs no C library.
    @inline(__always)
    static func decay(_ amount: Float) -> Float {
        let root = 1 / (1 + amount * 0.25)
        return root * root * root * root
    }

    private static func rounded(_ value: Double) -> Float { Float((value * 0x1p20).rounded() * 0x1p-20) }
}
