public import Density

/// What a picture says of itself before any pixel is decoded.
public struct PictureHeader: Sendable, Equatable {
    /// The format of the bytes.
    public let format: PictureFormat
    /// The size as displayed: of a picture stored lying on its side, width and height are swapped.
    public let size: PixelSize
    /// EXIF orientation, 1...8; 1 where the picture says nothing.
    public let orientation: Int
    /// Pages or frames in the file, at least 1. Of a TIFF any page can be decoded, of others the first frame.
    public let frames: Int
    /// True for a page of a TIFF that shows what another one does: smaller, or as a mask.
    public let isCopy: Bool
    /// True where rows can be decoded one after the other, so that resizing never holds the whole picture.
    ///
    /// False for progressive JPEG, interlaced PNG, and every picture that has to be turned or mirrored.
    public let isStreamable: Bool

    /// Bytes that the decoder itself holds of the picture: a row or two, or none, for the common kinds, which come row
    /// by row.
    public let heldBytes: Int

    /// What a reader found, or a process that reads.
    public init(
        format: PictureFormat, size: PixelSize, orientation: Int, frames: Int, isCopy: Bool, isStreamable: Bool,
        heldBytes: Int
    ) {
        self.format = format
        self.size = size
        self.orientation = orientation
        self.frames = frames
        self.isCopy = isCopy
        self.isStreamable = isStreamable
        self.heldBytes = heldBytes
    }

    /// Bytes that decoding takes at its height, the encoded picture apart and give or take what does not grow with it.
    /// - Parameter target: the size that is asked for, or nil for the picture's own.
    public func memory(resizedTo target: PixelSize? = nil) -> Int {
        let whole = size.area * Picture.channels
        guard let target, target != size else { return heldBytes + whole }
        // A picture that is turned is whole before it is resized.
        let held = orientation == 1 ? size.width * Picture.channels : whole
        return heldBytes + held + target.area * Picture.channels
    }
}
