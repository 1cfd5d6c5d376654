import HTTPServer

/// Who may change something: whoever shows the token, from this page or from a program, never from another site.
///
/// A page of another site cannot set the headers that are needed without asking first, and is not answered when it asks.
/// What a browser tells of the site that a request comes from is believed all the same.
struct ActionGuard: Sendable {
    private let token: ActionToken?
    private let site: PageSite?

    /// - Parameters:
    ///   - token: `nil` where nothing may be changed.
    ///   - site: where a server in front shows the page.
    init(_ token: ActionToken?, site: PageSite?) {
        self.token = token
        self.site = site
    }

    /// `none` where nothing may be changed; `open` for a request that shows the token, else `locked`.
    func state(for request: HTTPRequest) -> String {
        guard let token else { return "none" }
        return token.isShown(in: request) ? "open" : "locked"
    }

    /// Why a request may not change anything; `nil` where it may.
    func refusal(of request: HTTPRequest) -> HTTPResponse? {
        guard let token else { return .refusal(403, "Read-only: --token-file allows actions") }
        let from = request.header("Sec-Fetch-Site") ?? "none"
        guard ["none", "same-origin"].contains(from), isOwn(request.header("Origin"), request.header("Host"))
        else { return .refusal(403, "Another site may not change anything") }
        guard token.isShown(in: request) else {
            var refusal = HTTPResponse.refusal(401, "The token for actions is missing or another")
            refusal.headers.append(HTTPHeader("WWW-Authenticate", "Bearer"))
            return refusal
        }
        let type = request.header("Content-Type")?.lowercased().prefix { $0 != ";" }
        guard type == "application/json" else { return .refusal(415, "Actions take application/json") }
        return nil
    }

    /// True where no origin is named, as by a program, or the one that the request goes to, or the site's: a server in
    /// front may ask for another host than it was asked for.
    private func isOwn(_ origin: String?, _ host: String?) -> Bool {
        guard let origin else { return true }
        if let site, site.origin == origin.lowercased() { return true }
        guard let host else { return false }
        return ["http://\(host)", "https://\(host)"].contains { $0.lowercased() == origin.lowercased() }
    }
}
