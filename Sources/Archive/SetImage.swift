/// One image of a set, counted or not.
public struct SetImage: Sendable, Hashable {
    /// Place in its set, from 1.
    public let number: Int
    /// Where its picture is fetched from.
    public let url: String
    /// The archive's own name for the picture.
    public let key: String?
}
