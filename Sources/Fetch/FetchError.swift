/// Why a fetch brought nothing.
///
/// Every `url` is the one asked for, as `RequestURL.redacted` leaves it: without user name, password and query.
public enum FetchError: Error, Equatable, CustomStringConvertible {
    case badURL(url: String, reason: String)
    /// Neither http nor https, in the URL itself or in a redirect.
    case forbiddenScheme(url: String, scheme: String)
    /// Refused at connect time; nothing was sent to `address`.
    case forbiddenAddress(url: String, address: String, kind: String)
    case unresolvedHost(url: String, host: String)
    /// The machine is there and nothing listens on the port.
    case refusedConnection(url: String)
    case unreachable(url: String, reason: String)
    case tls(url: String, reason: String)
    case timeout(url: String, stage: FetchStage)
    /// 404 or 410.
    case notFound(url: String, status: Int)
    /// Any other 4xx but 408, 425 and 429.
    case denied(url: String, status: Int)
    /// Its origin has to be left alone for `wait`, and longer than is waited for, so that it was not asked; or the one that
    /// a redirect led to has, and the redirect was not followed.
    case resting(url: String, wait: Duration)
    /// 429.
    case rateLimited(url: String, status: Int, retryAfter: Duration?)
    /// 5xx, 408 or 425.
    case serverError(url: String, status: Int, retryAfter: Duration?)
    case badResponse(url: String, reason: String)
    /// The connection ended before or within the response's headers, or was reset.
    case lostConnection(url: String, reason: String)
    /// The body ended early; `expected` is nil where its length was never announced. In bytes as sent, before decoding.
    case truncated(url: String, received: Int, expected: Int?)
    case tooLarge(url: String, limit: Int)
    case tooManyRedirects(url: String, limit: Int)
    /// The task that asked was cancelled.
    case cancelled(url: String)
    /// The fetcher was closed.
    case closed(url: String)
    case badNetwork(text: String)
    case badConfiguration(reason: String)
    /// libcurl was built without TLS, or trusts nobody.
    case noSecureTransport(reason: String)

    /// One line that names the URL.
    public var description: String {
        switch self {
        case .badURL(let url, let reason): "the URL '\(url)' cannot be used: \(reason)"
        case .forbiddenScheme(let url, let scheme): "\(url): only http and https are fetched, not '\(scheme)'"
        case .forbiddenAddress(let url, let address, let kind):
            "\(url): \(address) is \(kind), and no allowed network contains it (--allow-network)"
        case .unresolvedHost(let url, let host): "\(url): the name '\(host)' has no address"
        case .refusedConnection(let url): "\(url): nothing listens there (connection refused)"
        case .unreachable(let url, let reason): "\(url): cannot connect: \(reason)"
        case .tls(let url, let reason): "\(url): no secure connection: \(reason)"
        case .timeout(let url, let stage): "\(url): timed out waiting for \(stage)"
        case .notFound(let url, let status): "\(url): not found (status \(status))"
        case .denied(let url, let status): "\(url): the server refuses the request (status \(status))"
        case .resting(let url, let wait):
            "\(url): put off, since its host or the one it leads to has enough for \(wait.components.seconds + 1) s"
        case .rateLimited(let url, let status, let wait):
            "\(url): too many requests (status \(status))\(Self.waiting(wait))"
        case .serverError(let url, let status, let wait):
            "\(url): the server failed (status \(status))\(Self.waiting(wait))"
        case .badResponse(let url, let reason): "\(url): unusable answer: \(reason)"
        case .lostConnection(let url, let reason): "\(url): the connection was lost: \(reason)"
        case .truncated(let url, let received, let expected?):
            "\(url): the body ended after \(received) of \(expected) bytes"
        case .truncated(let url, let received, nil): "\(url): the body ended early, after \(received) bytes"
        case .tooLarge(let url, let limit): "\(url): larger than the limit of \(limit) bytes"
        case .tooManyRedirects(let url, let limit): "\(url): more than \(limit) redirects"
        case .cancelled(let url): "\(url): the fetch was cancelled"
        case .closed(let url): "\(url): the fetcher is closed"
        case .badNetwork(let text):
            "'\(text)' is not a network: write an address and a prefix length, such as 10.0.0.0/8 or fd00::/8"
        case .badConfiguration(let reason): "fetching cannot start: \(reason)"
        case .noSecureTransport(let reason): "nothing can be fetched over https: \(reason)"
        }
    }

    private static func waiting(_ wait: Duration?) -> String {
        wait.map { ", try again in \($0.components.seconds) s" } ?? ""
    }
}
