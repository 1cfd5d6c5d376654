public import Density

/// A rendered picture with the heads that show in it.
public struct RenderedScene: Sendable, Equatable {
    /// The middle of a head.
    public struct Head: Sendable, Equatable {
        /// Pixels from the picture's left edge, a multiple of 0.1 within the picture.
        public let x: Double
        /// Pixels from the picture's top edge, a multiple of 0.1 within the picture.
        public let y: Double
    }

    /// The pixels before they are encoded.
    public let picture: Picture
    /// Heads of which enough shows, in no particular order.
    public let heads: [Head]
    /// Name of the picture's file.
    public let fileName: String
    /// The picture as a file.
    public let encoded: [UInt8]
}
