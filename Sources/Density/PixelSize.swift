/// Width and height in pixels, or in cells where a doc comment says so; both at least 1.
public struct PixelSize: Sendable, Hashable, Codable, CustomStringConvertible {
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

    /// - Throws: `DecodingError` where a side is less than 1 or takes more than 31 bits.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let width = try container.decode(Int.self, forKey: .width)
        let height = try container.decode(Int.self, forKey: .height)
        guard (1...Int(Int32.max)).contains(width), (1...Int(Int32.max)).contains(height) else {
            throw DecodingError.dataCorruptedError(
                forKey: .width, in: container, debugDescription: "a size of \(width) by \(height)")
        }
        self.init(width: width, height: height)
    }

    /// Pixels in all.
    public var area: Int { width * height }

    /// `WIDTHxHEIGHT`.
    public var description: String { "\(width)x\(height)" }
}
