/// Every way an image can fail: the closed list that SQL knows as the type `headcount.failure_class`.
///
/// What becomes of an image after a failure of each class stands in the table `headcount.failure_classes`.
public enum FailureClass: String, Sendable, Hashable, CaseIterable {
    /// The URL cannot be understood, or is neither http nor https.
    case badURL = "bad_url"
    /// The host is at a private or special address that is not allowed.
    case forbiddenAddress = "forbidden_address"
    /// The name of the host is not known.
    case unresolvedHost = "unresolved_host"
    /// The host refused or dropped the connection.
    case unreachable
    /// The certificate or the encryption was not accepted.
    case tls
    /// The host did not answer, or too slowly.
    case timeout
    /// 404 or 410.
    case notFound = "not_found"
    /// 401, 403, 407 or 451.
    case denied
    /// 429.
    case rateLimited = "rate_limited"
    /// 5xx.
    case serverError = "server_error"
    /// Not proper HTTP, cut short, an unexpected status, or too many redirects.
    case badResponse = "bad_response"
    /// More bytes or pixels than the limit.
    case tooLarge = "too_large"
    /// Of no picture format that is understood.
    case notAPicture = "not_a_picture"
    /// A picture that is damaged or cut short.
    case corrupt
    /// The decoder crashed on the picture, or took too long.
    case decoder
    /// The engine failed on the picture.
    case engine
}
