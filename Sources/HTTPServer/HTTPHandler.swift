/// What answers requests.
enum HTTPHandler: Sendable {
    /// On the server's thread that read the request, which waits for the answer.
    case now(@Sendable (HTTPRequest) -> HTTPResponse)
    /// In a task of its own; the server's threads go on with other requests meanwhile.
    case later(@Sendable (HTTPRequest) async -> HTTPResponse)
}
