/// How the 8-bit pixels of a tile become the values a network was trained on.
///
/// Each channel's value is `(pixel - mean) * scale`, with `pixel` and `mean` in 0...255 units.
public struct Preprocessing: Sendable, Hashable {
    /// Number of the arithmetic that turns a picture into model inputs, kept with every count. It grows when the same
    /// picture, plan and model would no longer give the same bits.
    public static let version = 1

    /// Which channels the network takes, in their order.
    public let colour: ChannelOrder
    /// One per channel of `colour`, in 0...255 units.
    public let mean: [Float]
    /// One per channel of `colour`; `1 / (255 * std)` where a network is described by its standard deviation.
    public let scale: [Float]

    /// - Precondition: `mean` and `scale` hold one value per channel.
    public init(colour: ChannelOrder, mean: [Float], scale: [Float]) {
        precondition(mean.count == colour.channels && scale.count == colour.channels)
        self.colour = colour
        self.mean = mean
        self.scale = scale
    }

    /// The colour that comes nearest to zero after normalisation: what a picture smaller than a tile is padded with.
    public var padding: PixelColour {
        let levels = mean.map { UInt8(max(0, min(255, $0.rounded()))) }
        return switch colour {
        case .rgb: PixelColour(red: levels[0], green: levels[1], blue: levels[2])
        case .bgr: PixelColour(red: levels[2], green: levels[1], blue: levels[0])
        case .gray: PixelColour(red: levels[0], green: levels[0], blue: levels[0])
        }
    }
}
