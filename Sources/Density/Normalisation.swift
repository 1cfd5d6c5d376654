/// From 8-bit pixels to a network's single-precision input, as one table of 256 entries per channel.
///
/// An entry is `(pixel - mean) * scale`, each step in single precision.
public struct Normalisation: Sendable, Hashable {
    /// The channels, in the order of the tables.
    public let colour: ChannelOrder
    /// 256 entries per channel of `colour`, channel after channel.
    public let tables: [Float]

    /// The tables of `preprocessing`.
    public init(_ preprocessing: Preprocessing) {
        colour = preprocessing.colour
        tables = zip(preprocessing.mean, preprocessing.scale).flatMap { mean, scale in
            (0...255).map { pixel in (Float(pixel) - mean) * scale }
        }
    }
}
