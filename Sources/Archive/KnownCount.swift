/// The count of a picture whose bytes were counted before.
public struct KnownCount: Sendable, Hashable {
    /// People.
    public let count: Double
    /// Model inputs the picture was cut into.
    public let tiles: Int
    /// Width of the picture in pixels, orientation applied.
    public let width: Int
    /// Height of the picture in pixels, orientation applied.
    public let height: Int
    /// What it was counted for.
    public let source: CountSource

    /// A count of all its parts.
    public init(count: Double, tiles: Int, width: Int, height: Int, source: CountSource) {
        self.count = count
        self.tiles = tiles
        self.width = width
        self.height = height
        self.source = source
    }
}
