/// Width and height in pixels, or in cells where a doc comment says so; both at least 1.
public struct PixelSize: Sendable, Hashable, CustomStringConvertible {
    /// Columns.
    public let width: Int
    /// Rows.
    public let height: Int

    /// - Precondition: both sides are at least 1.
    public init(width: Int, height: Int) {
        precondition(width >= 1 && height >= 1, "a picture has at least one pixel, not \(width)x\(height)")
        self.width = width
        self.height = height
    }

    /// Pixels in all.
    public var area: Int { width * height }

    /// `WIDTHxHEIGHT`.
    public var description: String { "\(width)x\(height)" }
}
