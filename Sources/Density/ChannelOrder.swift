/// The channels of a network's input, in order.
public enum ChannelOrder: String, Sendable, Hashable, CaseIterable {
    /// Red, green, blue.
    case rgb
    /// Blue, green, red: networks trained on pictures as OpenCV reads them.
    case bgr
    /// One channel of brightness, `gray(red:green:blue:)`.
    case gray

    /// Channels of the input tensor: 3 or 1.
    public var channels: Int { self == .gray ? 1 : 3 }

    /// Brightness of a pixel as OpenCV's `cvtColor` computes it for 8-bit pictures (BT.601 weights in 14 fractional
    /// bits, rounded to nearest), since the networks were trained on its output.
    @inlinable
    public static func gray(red: UInt8, green: UInt8, blue: UInt8) -> UInt8 {
        let weighted: UInt32 = UInt32(red) * 4899 + UInt32(green) * 9617
        let rounded: UInt32 = weighted + UInt32(blue) * 1868 + 8192
        return UInt8(rounded >> 14)
    }
}
