public import Density

/// The same pseudo-random bytes in every run (splitmix64).
public struct Noise {
    private var state: UInt64

    /// Noise that `seed` tells apart.
    public init(seed: UInt64) {
        state = seed
    }

    /// The next 64 bits.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// The low bytes of the next `count` words.
    public mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
    }

    /// A picture in which every byte is noise.
    public mutating func picture(_ size: PixelSize) -> Picture {
        Picture(size: size, pixels: bytes(size.area * Picture.channels))
    }
}
