/// One header field of a request or a response.
public struct HTTPHeader: Sendable, Equatable {
    /// As sent; compared without regard to case.
    public let name: String
    /// Without the spaces around it.
    public let value: String

    /// A field of this name and value.
    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}
