/// The answer to one request.
public struct HTTPResponse: Sendable {
    /// What follows the headers. It is left out by itself where the request is a HEAD.
    public enum Body: Sendable {
        case empty
        case bytes([UInt8])
        case text(String)
        /// `length` bytes of the file from `offset`, sent by the kernel.
        case file(OpenFile, offset: Int, length: Int)
    }

    /// Three digits.
    public var status: Int
    /// Beside those that the server writes: Date, Connection, Content-Length.
    public var headers: [HTTPHeader]
    /// What is sent after the headers.
    public var body: Body

    /// A response of the given parts.
    public init(status: Int, headers: [HTTPHeader] = [], body: Body = .empty) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// A body of text with its type.
    public static func text(
        _ text: String, status: Int = 200, type: String = "text/plain; charset=utf-8"
    ) -> HTTPResponse {
        HTTPResponse(status: status, headers: [HTTPHeader("Content-Type", type)], body: .text(text))
    }

    /// A line of text that names the status.
    public static func refusal(_ status: Int, _ reason: String) -> HTTPResponse {
        .text("\(status) \(reason)\n", status: status)
    }
}
