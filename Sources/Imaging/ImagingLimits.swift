/// What is refused, from the header alone.
public struct ImagingLimits: Sendable {
    /// Pixels of a picture, width times height.
    public var maximumPixels: Int
    /// Bytes of the encoded picture.
    public var maximumBytes: Int
    /// Pages or frames in one file. One is decoded at a time, so that a large number is no cost.
    public var maximumFrames: Int
    /// True decodes what is there of a picture that is cut short or damaged: gray or black stands for the rest.
    public var tolerateTruncation: Bool

    /// The limits of an archive of photographs.
    public init(
        maximumPixels: Int = 200_000_000, maximumBytes: Int = 1 << 30, maximumFrames: Int = 65_535,
        tolerateTruncation: Bool = false
    ) {
        self.maximumPixels = maximumPixels
        self.maximumBytes = maximumBytes
        self.maximumFrames = maximumFrames
        self.tolerateTruncation = tolerateTruncation
    }
}
