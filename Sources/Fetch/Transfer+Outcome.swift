import CCurl
import Glibc

extension Transfer {
    /// What becomes of the fetch when libcurl is done with it.
    func outcome(of code: CURLcode) -> Result<FetchedResource, FetchError> {
        if let statusError { return .failure(statusError) }
        if let error = failure(code) { return .failure(error) }
        guard headersAreComplete else {
            return .failure(.lostConnection(url: url.redacted, reason: "it ended within the response's headers"))
        }
        switch status {
        case 200, 203: return .success(resource())
        case 304 where request.etag != nil: return .success(resource())
        case 300..<400 where location == nil: return .failure(bad("status \(status) without a Location"))
        default: return .failure(bad("status \(status)"))
        }
    }

    /// What the status of the response says, where it is one of failure: it counts more than how the body of the
    /// response ended.
    var statusError: FetchError? {
        switch status {
        case 404, 410: .notFound(url: url.redacted, status: status)
        case 429: .rateLimited(url: url.redacted, status: status, retryAfter: retryAfter)
        case 408, 425, 500...: .serverError(url: url.redacted, status: status, retryAfter: retryAfter)
        case 400..<500: .denied(url: url.redacted, status: status)
        default: nil
        }
    }

    /// The origin that was asked last: that of the URL, or the one that redirects led to.
    var effectiveOrigin: String {
        let effective = headcount_curl_get_text(easy, CURLINFO_EFFECTIVE_URL).map { String(cString: $0) }
        return effective.flatMap { try? RequestURL($0).origin } ?? url.origin
    }

    private func failure(_ code: CURLcode) -> FetchError? {
        switch stop {
        case .tooLarge: return .tooLarge(url: url.redacted, limit: request.maximumBytes)
        case .headersTooLong: return bad("its headers are too long")
        case .forbiddenRedirect: return unconnected(code)
        case .restingTarget(let rest): return .resting(url: url.redacted, wait: rest)
        case nil: break
        }
        switch code {
        case CURLE_OK:
            return nil
        case CURLE_URL_MALFORMAT where location == nil:
            return .badURL(url: url.redacted, reason: reason(code))
        case CURLE_COULDNT_RESOLVE_HOST:
            return .unresolvedHost(url: url.redacted, host: url.host)
        case CURLE_COULDNT_CONNECT:
            return unconnected(code)
        case CURLE_OPERATION_TIMEDOUT:
            return .timeout(url: url.redacted, stage: .connect)
        case CURLE_TOO_MANY_REDIRECTS:
            return .tooManyRedirects(url: url.redacted, limit: configuration.maximumRedirects)
        case CURLE_FILESIZE_EXCEEDED:
            return .tooLarge(url: url.redacted, limit: request.maximumBytes)
        case CURLE_PARTIAL_FILE:
            return truncated
        // libcurl has no code of its own for it.
        case CURLE_RECV_ERROR where reason(code).contains("chunk"):
            return bad(reason(code))
        case CURLE_GOT_NOTHING, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_HTTP2, CURLE_HTTP2_STREAM:
            return .lostConnection(url: url.redacted, reason: reason(code))
        case CURLE_UNSUPPORTED_PROTOCOL where location != nil:
            let scheme = location.map { String($0.prefix { $0 != ":" }.prefix(40)) } ?? ""
            return .forbiddenScheme(url: url.redacted, scheme: scheme)
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CIPHER,
            CURLE_SSL_CERTPROBLEM, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS:
            return .tls(url: url.redacted, reason: reason(code))
        default:
            return bad(reason(code))
        }
    }

    private func unconnected(_ code: CURLcode) -> FetchError {
        if let refused {
            return .forbiddenAddress(url: url.redacted, address: refused.address.description, kind: refused.kind)
        }
        let systemError = Int32(headcount_curl_get_long(easy, CURLINFO_OS_ERRNO))
        return systemError == ECONNREFUSED
            ? .refusedConnection(url: url.redacted) : .unreachable(url: url.redacted, reason: reason(code))
    }

    private var truncated: FetchError {
        let announced = Int(headcount_curl_get_offset(easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T))
        return .truncated(
            url: url.redacted, received: Int(headcount_curl_get_offset(easy, CURLINFO_SIZE_DOWNLOAD_T)),
            expected: announced < 0 ? nil : announced)
    }

    /// Retry-After in either form; libcurl turns a date into seconds from now.
    private var retryAfter: Duration? {
        let seconds = headcount_curl_get_offset(easy, CURLINFO_RETRY_AFTER)
        return seconds > 0 ? .seconds(seconds) : nil
    }

    private func bad(_ reason: String) -> FetchError {
        .badResponse(url: url.redacted, reason: reason)
    }

    private func resource() -> FetchedResource {
        let effective = headcount_curl_get_text(easy, CURLINFO_EFFECTIVE_URL).map { String(cString: $0) } ?? url.text
        return FetchedResource(
            bytes: takeBodyAway(), status: status, etag: header("ETag"), lastModified: header("Last-Modified"),
            contentType: header("Content-Type"), effectiveURL: RequestURL.withoutCredentials(effective),
            seconds: FetchSeconds(
                connect: seconds(CURLINFO_CONNECT_TIME_T), firstByte: seconds(CURLINFO_STARTTRANSFER_TIME_T),
                total: seconds(CURLINFO_TOTAL_TIME_T)))
    }

    /// Of the last response.
    private func header(_ name: String) -> String? {
        var found: UnsafeMutablePointer<curl_header>?
        guard curl_easy_header(easy, name, 0, UInt32(CURLH_HEADER), -1, &found) == CURLHE_OK else { return nil }
        return found?.pointee.value.map { String(cString: $0) }
    }

    /// libcurl counts in microseconds.
    private func seconds(_ info: CURLINFO) -> Double {
        Double(headcount_curl_get_offset(easy, info)) / 1_000_000
    }
}
