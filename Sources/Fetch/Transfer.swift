import CCurl
import Glibc

/// One transfer: libcurl's easy handle, what it has brought so far and why it was stopped.
///
/// Lives on the fetcher's thread, where libcurl calls it too.
final class Transfer {
    /// Why a callback told libcurl to stop.
    enum Stop {
        case tooLarge
        case headersTooLong
        case forbiddenRedirect
        /// A redirect leads to an origin that has to be left alone for so long.
        case restingTarget(Duration)
    }

    let easy: UnsafeMutableRawPointer
    let request: TransferRequest
    let configuration: FetchConfiguration
    let startedAt = ContinuousClock.now
    var deadlines: TransferDeadlines

    /// The body after decoding.
    private(set) var body: [UInt8] = []
    /// Whether the last response got to the end of its headers: libcurl calls it a success also where it did not.
    private(set) var headersAreComplete = false
    /// The Location of the last response, whether or not it was followed.
    private(set) var location: String?
    private(set) var stop: Stop?
    /// The last address that was refused, until another one is tried.
    private(set) var refused: (address: IPAddress, kind: String)?

    private let policy: AddressPolicy
    private let restOfOrigin: (String) -> Duration?
    private let ownHeaders: UnsafeMutablePointer<curl_slist>?
    private let fixedAnswers: UnsafeMutablePointer<curl_slist>?
    private let errorText: UnsafeMutablePointer<CChar>
    private var headerBytes = 0
    private var discardedBytes = 0

    /// Of the last response, from its first line on; 0 before.
    var status: Int { headcount_curl_get_long(easy, CURLINFO_RESPONSE_CODE) }

    var ticket: UInt64 { request.ticket }
    var url: RequestURL { request.url }
    var continuation: CheckedContinuation<Result<FetchedResource, FetchError>, Never> { request.continuation }

    /// - Parameter restOfOrigin: how long an origin that a redirect leads to has to be left alone; `nil` where it need not.
    /// - Throws: what libcurl says of the configuration or the URL.
    init(
        _ request: TransferRequest, configuration: FetchConfiguration, policy: AddressPolicy,
        restOfOrigin: @escaping (String) -> Duration?
    ) throws(FetchError) {
        guard let easy = curl_easy_init() else { throw .badConfiguration(reason: "out of memory for a transfer") }
        self.easy = easy
        self.request = request
        self.configuration = configuration
        self.policy = policy
        self.restOfOrigin = restOfOrigin
        deadlines = TransferDeadlines(configuration, start: startedAt, isShared: Self.mayShare(request.url))
        ownHeaders = request.etag.flatMap(Self.conditionHeader)
        fixedAnswers = configuration.fixedAnswers.reduce(nil) { curl_slist_append($0, $1) }
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.pointee = 0
        if !judgeProxied(request.url), let refused {
            throw .forbiddenAddress(
                url: request.url.redacted, address: refused.address.description, kind: refused.kind)
        }
        try setOptions(headers: ownHeaders, answers: fixedAnswers, errorText: errorText)
    }

    deinit {
        curl_easy_cleanup(easy)
        curl_slist_free_all(ownHeaders)
        curl_slist_free_all(fixedAnswers)
        errorText.deallocate()
    }

    /// What libcurl wrote about the last failure, or what it says of the code in general.
    func reason(_ code: CURLcode) -> String {
        errorText.pointee == 0 ? String(cString: curl_easy_strerror(code)) : String(cString: errorText)
    }

    /// Where HTTP/2 may be spoken the first connection tells, and the others share it; a plain one tells nothing before its
    /// first answer, which may take long.
    static func mayShare(_ url: RequestURL) -> Bool { url.origin.hasPrefix("https:") }

    /// Has it wait for no other's connection any more; libcurl looks at it when it is added again.
    func connectAlone() {
        _ = headcount_curl_set_long(easy, CURLOPT_PIPEWAIT, 0)
    }

    // MARK: - What libcurl calls

    /// A socket to the address, or -1 where the policy refuses it: libcurl then tries the next address of the name.
    func openSocket(_ address: UnsafePointer<curl_sockaddr>) -> Int32 {
        refused = nil
        if configuration.proxy == nil {
            guard let target = headcount_curl_socket_address(address).flatMap({ IPAddress($0) }) else { return -1 }
            if let kind = policy.refusal(of: target) {
                refused = (target, kind)
                return -1
            }
        }
        deadlines.connectionBegins(at: .now)
        return socket(
            address.pointee.family, address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue), address.pointee.protocol)
    }

    func requestGoesOut() {
        deadlines.requestGoesOut(at: .now)
    }

    /// One header line, with its end. `false` stops the transfer.
    func takeHeader(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
        headerBytes += line.count
        guard headerBytes <= Self.maximumHeaderBytes else {
            stop = .headersTooLong
            return false
        }
        let text = Substring(decoding: line, as: UTF8.self)
        if text.hasPrefix("HTTP/") {
            location = nil
            headersAreComplete = false
        } else if location == nil, text.prefix(Self.locationName.count).lowercased() == Self.locationName {
            // The first that says something is the one that libcurl follows.
            let place = text.dropFirst(Self.locationName.count).trimmed
            if !place.isEmpty { location = place }
        } else if text.trimmed.isEmpty {
            return endHeaders()
        }
        return true
    }

    /// Some of the body. `false` stops the transfer.
    func takeBody(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        deadlines.bodyArrives(bytes: bytes.count)
        guard status < 300 else {
            // The body of an error is read only so that the connection can be used again.
            discardedBytes += bytes.count
            return discardedBytes <= Self.maximumDiscardedBytes
        }
        guard bytes.count <= request.maximumBytes - body.count else {
            stop = .tooLarge
            return false
        }
        // By doubling, as arrays do, but never beyond what was set aside: old and new are there at once meanwhile.
        let needed = body.count + bytes.count
        if needed > body.capacity {
            body.reserveCapacity(min(max(2 * body.capacity, needed), request.maximumBytes))
        }
        body.append(contentsOf: bytes)
        return true
    }

    func takeBodyAway() -> [UInt8] {
        defer { body = [] }
        return body
    }

    private func endHeaders() -> Bool {
        // 1xx are not the answer yet.
        guard status >= 200 else { return true }
        headersAreComplete = true
        let redirect = Self.redirects.contains(status) ? location : nil
        deadlines.headersEnd(redirecting: redirect != nil, at: .now)
        if let redirect, let target = redirectTarget(redirect) {
            if !judgeProxied(target) {
                stop = .forbiddenRedirect
            } else if let rest = restOfOrigin(target.origin) {
                stop = .restingTarget(rest)
            }
            if stop != nil { return false }
        }
        let announced = Int(headcount_curl_get_offset(easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T))
        if status == 200, announced > 0 {
            body.reserveCapacity(min(announced, request.maximumBytes, Self.maximumReservedBytes))
        }
        return true
    }

    /// Through a proxy the policy sees no sockets, so an address that stands in a URL is judged before it is asked for.
    private func judgeProxied(_ url: RequestURL) -> Bool {
        guard configuration.proxy != nil, let address = url.literalAddress, let kind = policy.refusal(of: address)
        else { return true }
        refused = (address, kind)
        return false
    }

    /// nil for one that cannot be read, which is for libcurl to refuse.
    private func redirectTarget(_ location: String) -> RequestURL? {
        let base = headcount_curl_get_text(easy, CURLINFO_EFFECTIVE_URL).map { String(cString: $0) }
        return try? RequestURL(location, relativeTo: base)
    }

    /// nil for a tag that is none: one with a line end in it would add headers of its own.
    private static func conditionHeader(_ etag: String) -> UnsafeMutablePointer<curl_slist>? {
        guard etag.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else { return nil }
        return curl_slist_append(nil, "If-None-Match: \(etag)")
    }

    private static let redirects: Set<Int> = [301, 302, 303, 307, 308]
    private static let locationName = "location:"
    /// All responses of a fetch together; 5 redirects with every header a browser would take fit.
    private static let maximumHeaderBytes = 256 << 10
    private static let maximumDiscardedBytes = 64 << 10
    /// An announced length is only a claim: beyond this the body has to grow by what really comes.
    private static let maximumReservedBytes = 16 << 20
}

extension Substring {
    fileprivate var trimmed: String {
        let front = drop { $0.isWhitespace }
        guard let last = front.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(front[...last])
    }
}
