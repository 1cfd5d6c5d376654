/// The part of a fetch in which a time limit was reached.
public enum FetchStage: String, Sendable, Equatable, CustomStringConvertible {
    /// Resolving the name, connecting, the TLS handshake, or reading past the body of a redirect.
    case connect
    /// From the request to the end of the response's headers.
    case firstByte
    /// A body slower than the lowest speed allowed.
    case body
    /// The fetch as a whole.
    case total

    /// What was being waited for.
    public var description: String {
        switch self {
        case .connect: "a connection"
        case .firstByte: "an answer"
        case .body: "the body, which comes too slowly"
        case .total: "the fetch to end"
        }
    }
}
