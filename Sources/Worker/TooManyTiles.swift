/// An image that comes to more tiles than one may.
struct TooManyTiles: Error, CustomStringConvertible {
    let limit: Int

    /// One line for people.
    var description: String { "its pages come to more than \(limit) tiles, the limit of one image" }
}
