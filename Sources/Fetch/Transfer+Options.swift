import CCurl

extension Transfer {
    /// Sets the easy handle up. What is not set here stays off by libcurl's defaults: cookies, netrc, Alt-Svc, HSTS,
    /// HTTP/0.9.
    func setOptions(
        headers: UnsafeMutablePointer<curl_slist>?, answers: UnsafeMutablePointer<curl_slist>?,
        errorText: UnsafeMutablePointer<CChar>
    ) throws(FetchError) {
        let context = Unmanaged.passUnretained(self).toOpaque()
        let milliseconds = Int((configuration.connectTimeout / .milliseconds(1)).rounded(.up))
        let results = [
            headcount_curl_set_pointer(easy, CURLOPT_ERRORBUFFER, errorText),
            headcount_curl_set_long(easy, CURLOPT_NOSIGNAL, 1),
            // Without it, ending a transfer waits for its name to be resolved, and every other transfer with it.
            headcount_curl_set_long(easy, CURLOPT_QUICK_EXIT, 1),
            headcount_curl_set_text(easy, CURLOPT_URL, url.text),
            headcount_curl_set_text(easy, CURLOPT_PROTOCOLS_STR, "http,https"),
            headcount_curl_set_text(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https"),
            headcount_curl_set_long(easy, CURLOPT_FOLLOWLOCATION, 1),
            headcount_curl_set_long(easy, CURLOPT_MAXREDIRS, configuration.maximumRedirects),
            headcount_curl_set_long(easy, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS)),
            headcount_curl_set_long(easy, CURLOPT_PIPEWAIT, Self.mayShare(url) ? 1 : 0),
            headcount_curl_set_text(easy, CURLOPT_ACCEPT_ENCODING, "gzip, deflate"),
            headcount_curl_set_text(easy, CURLOPT_USERAGENT, configuration.userAgent),
            headcount_curl_set_list(easy, CURLOPT_HTTPHEADER, headers),
            headcount_curl_set_list(easy, CURLOPT_RESOLVE, answers),
            // The empty proxy turns those of the environment off, the empty list of exceptions theirs.
            headcount_curl_set_text(easy, CURLOPT_PROXY, configuration.proxy ?? ""),
            headcount_curl_set_text(easy, CURLOPT_NOPROXY, ""),
            headcount_curl_set_long(easy, CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2)),
            // The deadlines end what is slow; libcurl only needs to know when to try the next address of a name.
            headcount_curl_set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, milliseconds),
            headcount_curl_set_offset(easy, CURLOPT_MAXFILESIZE_LARGE, request.maximumBytes),
            headcount_curl_set_long(easy, CURLOPT_BUFFERSIZE, Self.bufferBytes),
            headcount_curl_set_data(easy, CURLOPT_HEADERFUNCTION, Self.headerArrives),
            headcount_curl_set_pointer(easy, CURLOPT_HEADERDATA, context),
            headcount_curl_set_data(easy, CURLOPT_WRITEFUNCTION, Self.bodyArrives),
            headcount_curl_set_pointer(easy, CURLOPT_WRITEDATA, context),
            headcount_curl_set_open_socket(easy, Self.socketNeeded),
            headcount_curl_set_pointer(easy, CURLOPT_OPENSOCKETDATA, context),
            headcount_curl_set_request_ready(easy, Self.requestReady),
            headcount_curl_set_pointer(easy, CURLOPT_PREREQDATA, context),
        ]
        for result in results where result != CURLE_OK {
            throw .badConfiguration(reason: reason(result))
        }
        try setCredentials()
        if let authorities = configuration.certificateAuthorities {
            let result = headcount_curl_set_text(easy, CURLOPT_CAINFO, authorities)
            guard result == CURLE_OK else { throw .badConfiguration(reason: reason(result)) }
        }
    }

    /// libcurl sends them to the origin of the URL alone, not where a redirect leads.
    private func setCredentials() throws(FetchError) {
        let results: [CURLcode]
        switch configuration.credentials.secret(for: url) {
        case nil:
            return
        case .basic(let name, let password):
            results = [
                headcount_curl_set_long(easy, CURLOPT_HTTPAUTH, Self.basicAuthentication),
                headcount_curl_set_text(easy, CURLOPT_USERNAME, name),
                headcount_curl_set_text(easy, CURLOPT_PASSWORD, password),
            ]
        case .bearer(let token):
            results = [
                headcount_curl_set_long(easy, CURLOPT_HTTPAUTH, Self.bearerAuthentication),
                headcount_curl_set_text(easy, CURLOPT_XOAUTH2_BEARER, token),
            ]
        }
        for result in results where result != CURLE_OK { throw .badConfiguration(reason: reason(result)) }
    }

    /// CURLAUTH_BASIC and CURLAUTH_BEARER, whose macros Swift does not see.
    private static let basicAuthentication = 1 << 0
    private static let bearerAuthentication = 1 << 6

    private static let headerArrives: curl_write_callback = { bytes, size, count, context in
        guard let context else { return 0 }
        let line = buffer(bytes, size * count)
        return Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue().takeHeader(line) ? size * count : 0
    }

    private static let bodyArrives: curl_write_callback = { bytes, size, count, context in
        guard let context else { return 0 }
        let piece = buffer(bytes, size * count)
        return Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue().takeBody(piece) ? size * count : 0
    }

    private static let socketNeeded: curl_opensocket_callback = { context, _, address in
        guard let context, let address else { return -1 }
        return Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue().openSocket(address)
    }

    private static let requestReady: curl_prereq_callback = { context, _, _, _, _ in
        guard let context else { return CURL_PREREQFUNC_ABORT }
        Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue().requestGoesOut()
        return CURL_PREREQFUNC_OK
    }

    /// Larger than the 16 KiB of libcurl: fewer calls for a picture.
    private static let bufferBytes = 128 << 10
}

private func buffer(_ bytes: UnsafeMutablePointer<CChar>?, _ count: Int) -> UnsafeBufferPointer<UInt8> {
    UnsafeRawBufferPointer(start: bytes, count: count).assumingMemoryBound(to: UInt8.self)
}
