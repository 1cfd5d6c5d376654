public import Density

/// What a network found in one picture.
public struct PictureCount: Sendable {
    /// Size of the picture in pixels, orientation applied.
    public let size: PixelSize
    /// Model inputs the picture was cut into.
    public let tiles: Int
    /// The count, at least 0.
    public let people: Double
    /// People per cell over the resized picture.
    public let density: DensityMap

    init(size: PixelSize, tiles: Int, people: Double, density: DensityMap) {
        self.size = size
        self.tiles = tiles
        self.people = people
        self.density = density
    }
}
