/// One model input: a rectangle of a resized picture, not copied out of it.
///
/// An engine reads its rows straight from the picture while it packs them.
public struct Tile: Sendable {
    /// The resized picture the tile is part of.
    public let picture: Picture
    /// Column of the tile's left edge in `picture`, in pixels.
    public let x: Int
    /// Row of the tile's top edge in `picture`, in pixels.
    public let y: Int
    /// Width and height of the tile, in pixels.
    public let size: PixelSize

    /// - Precondition: the rectangle lies inside the picture.
    public init(picture: Picture, x: Int, y: Int, size: PixelSize) {
        precondition(
            x >= 0 && y >= 0 && x + size.width <= picture.size.width && y + size.height <= picture.size.height,
            "a \(size) tile at \(x),\(y) does not lie inside a \(picture.size) picture")
        self.picture = picture
        self.x = x
        self.y = y
        self.size = size
    }

    /// The whole of `picture` as one tile.
    public init(_ picture: Picture) {
        self.init(picture: picture, x: 0, y: 0, size: picture.size)
    }

    /// Offset in `picture.pixels` of the first byte of row `row` of the tile, `0 ..< size.height`.
    public func offset(ofRow row: Int) -> Int {
        ((y + row) * picture.size.width + x) * Picture.channels
    }
}
