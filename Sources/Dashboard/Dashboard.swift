import Concurrency
public import HTTPServer
public import Postgres
public import Telemetry

/// The page, its JSON interface and the metrics of a database: what `headcount dashboard` and, beside its own pages, a
/// coordinator answer requests with.
///
/// Reads need nothing; changes need the token, and without one nothing can be changed.
public final class Dashboard: Sendable {
    /// Bytes of the largest body that an action needs.
    public static let bodyLimit = 4096

    let database: DashboardDatabase
    let actions: ActionGuard
    let shelf: PictureShelf?
    let metrics: DashboardMetrics
    let version: String
    let tell: @Sendable (String) -> Void
    private let localOnly: Bool
    private let site: PageSite?
    /// What was last told of the database's troubles, and when: not again with each refresh.
    private let trouble = Locked<(words: String, at: ContinuousClock.Instant)?>(nil)

    /// A dashboard of one database.
    /// - Parameters:
    ///   - localOnly: true where it is served on a loopback address: it then answers only to names of this machine and of
    ///     `site`, so that no foreign site can reach it by a name that leads here.
    ///   - site: the address under which a server in front of it shows the page; `nil` where there is none.
    ///   - version: of the program, for people.
    ///   - pictures: draws an image of a run with its density; `nil` where the page shows none. `longest` is the longer
    ///     side, at most, in pixels.
    ///   - metrics: where the page's own are declared, beside those of the process.
    ///   - tell: takes a line for people about everything that was changed.
    public convenience init(
        _ configuration: PostgresConfiguration, token: ActionToken?, localOnly: Bool, site: PageSite? = nil,
        version: String,
        pictures: (@Sendable (_ run: Int, _ image: Int, _ longest: Int) async throws -> PagePicture)? = nil,
        metrics: Metrics, tell: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.init(
            DashboardDatabase(configuration), token: token, localOnly: localOnly, site: site, version: version,
            pictures: pictures, metrics: metrics, tell: tell)
    }

    /// - Parameter patience: how long `/metrics` waits for the database.
    init(
        _ database: DashboardDatabase, token: ActionToken?, localOnly: Bool, site: PageSite? = nil, version: String,
        pictures: (@Sendable (_ run: Int, _ image: Int, _ longest: Int) async throws -> PagePicture)?,
        metrics: Metrics, patience: Duration = DashboardMetrics.patience, tell: @escaping @Sendable (String) -> Void
    ) {
        self.database = database
        self.localOnly = localOnly
        self.site = site
        self.version = version
        self.tell = tell
        self.metrics = DashboardMetrics(metrics, patience: patience)
        actions = ActionGuard(token, site: site)
        shelf = pictures.map { PictureShelf(draw: $0) }
    }

    /// The answer to a request.
    public func answer(to request: HTTPRequest) async -> HTTPResponse {
        let start = ContinuousClock.now
        let route = Route(request)
        var response = await unguarded(request, route)
        response.headers += Self.guards
        if !response.headers.contains(where: { $0.name == "Cache-Control" }) {
            response.headers.append(HTTPHeader("Cache-Control", "no-store"))
        }
        metrics.note(route.name, start.duration(to: .now))
        return response
    }

    private static let guards = [
        HTTPHeader(
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
                + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
        HTTPHeader("X-Content-Type-Options", "nosniff"),
        HTTPHeader("Referrer-Policy", "no-referrer"),
        HTTPHeader("Cross-Origin-Resource-Policy", "same-origin"),
        HTTPHeader("Cross-Origin-Opener-Policy", "same-origin"),
    ]

    private func unguarded(_ request: HTTPRequest, _ route: Route) async -> HTTPResponse {
        if localOnly, let host = request.header("Host"), !Self.isLocal(host), site?.isNamed(by: host) != true {
            return .refusal(421, "This page is served to this machine alone; --site names a server in front of it")
        }
        do {
            switch request.method {
            case "GET", "HEAD": return try await read(route, request)
            case "POST": return try await act(request)
            default: return HTTPResponse(status: 405, headers: [HTTPHeader("Allow", "GET, HEAD, POST")])
            }
        } catch let error as PostgresError {
            return refusal(error)
        } catch {
            return .refusal(502, Self.line("\(error)"))
        }
    }

    private func refusal(_ error: PostgresError) -> HTTPResponse {
        switch error.sqlState {
        case "P0002": return .refusal(404, Self.line("\(error)"))
        case "22023": return .refusal(400, Self.line("\(error)"))
        // A run that was detached, for instance; or somebody else holds what it is about.
        case "55000", "55P03": return .refusal(409, Self.line("\(error)"))
        case "42501": return .refusal(403, "The database's role may not: \(Self.line("\(error)"))")
        default:
            // Where the database is and as whom it is asked is no reader's business; whoever runs this is told.
            report("The database does not answer the page: \(Self.line("\(error)"))")
            return .refusal(503, "The database does not answer; the server's log says why")
        }
    }

    private func report(_ words: String) {
        let isNew = trouble.withLock { trouble in
            if let trouble, trouble.words == words, trouble.at.duration(to: .now) < .seconds(60) { return false }
            trouble = (words, .now)
            return true
        }
        if isNew { tell(words) }
    }

    private static func line(_ text: String) -> String {
        text.split(separator: "\n").joined(separator: "; ")
    }

    private static func isLocal(_ host: String) -> Bool {
        if host.hasPrefix("[") { return Loopback.isNamed(by: String(host.dropFirst().prefix { $0 != "]" })) }
        return Loopback.isNamed(by: String(host.prefix { $0 != ":" }))
    }
}
