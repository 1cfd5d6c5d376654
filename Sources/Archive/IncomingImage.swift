/// One line of a list of URLs, understood.
public struct IncomingImage: Sendable, Equatable {
    /// Line it begins on, from 1.
    public let line: Int
    /// http or https; `ImageURL` has no objection.
    public let url: String
    /// The archive's own name for the picture.
    public let key: String?
    /// When the picture was taken, in microseconds since 1970.
    public let takenAt: Int64?
    /// Further columns by name, as a JSON object.
    public let extra: String?

    /// A line of five parts.
    public init(line: Int, url: String, key: String? = nil, takenAt: Int64? = nil, extra: String? = nil) {
        self.line = line
        self.url = url
        self.key = key
        self.takenAt = takenAt
        self.extra = extra
    }
}
