import Glibc

/// From 8-bit pixels to a network's 8-bit input, as one table of 256 entries per channel.
///
/// An entry is `(pixel - mean) * scale * inputScale`, each step in single precision, rounded half away from zero and
/// saturated to -128...127: the arithmetic of the vendor's compiler, so that a network sees the values it was
/// calibrated with.
public struct Quantisation: Sendable, Hashable {
    /// The channels, in the order of the tables.
    public let colour: ChannelOrder
    /// 256 entries per channel of `colour`, channel after channel.
    public let tables: [Int8]

    /// - Parameters:
    ///   - preprocessing: finite values.
    ///   - inputScale: steps of the 8-bit input per unit of the network's input, as the model tells it. Finite.
    public init(_ preprocessing: Preprocessing, inputScale: Float) {
        colour = preprocessing.colour
        tables = zip(preprocessing.mean, preprocessing.scale).flatMap { mean, scale in
            (0...255).map { pixel in Self.quantised((Float(pixel) - mean) * scale * inputScale) }
        }
    }

    /// The step nearest to `value`, half away from zero, saturated.
    /// - Precondition: `value` is a number.
    public static func quantised(_ value: Float) -> Int8 {
        Int8(max(-128, min(127, value.rounded(.toNearestOrAwayFromZero))))
    }
}
