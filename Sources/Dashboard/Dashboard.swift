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

    /// A dashboard of one database.
    /// - Parameters:
    ///   - localOnly: true where it is served on a loopback address: it then answers only to names of this machine, so
    ///     that no foreign site can reach it by a name that leads here.
    ///   - version: of the program, for people.
    ///   - pictures: draws an image of a run with its density; `nil` where the page shows none. `longest` is the longer
    ///     side, at most, in pixels.
    ///   - metrics: where the page's own are declared, beside those of the process.
    ///   - tell: takes a line for people about everything that was changed.
    public convenience init(
        _ configuration: PostgresConfiguration, token: ActionToken?, localOnly: Bool, version: String,
        pictures: (@Sendable (_ run: Int, _ image: Int, _ longest: Int) async throws -> PagePicture)? = nil,
        metrics: Metrics, tell: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.init(
            DashboardDatabase(configuration), token: token, localOnly: localOnly, version: version, pictures: pictures,
            metrics: metrics, tell: tell)
    }

    init(
        _ database: DashboardDatabase, token: ActionToken?, localOnly: Bool, version: String,
        pictures: (@Sendable (_ run: Int, _ image: Int, _ longest: Int) async throws -> PagePicture)?,
        metrics: Metrics, tell: @escaping @Sendable (String) -> Void
    ) {
        self.database = database
        self.localOnly = localOnly
        self.version = version
        self.tell = tell
        self.metrics = DashboardMetrics(metrics)
        actions = ActionGuard(token)
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
        if localOnly, !Self.isLocal(request.header("Host")) {
            return .refusal(421, "This page is served to this machine alone")
        }
        do {
            switch request.method {
            case "GET", "HEAD": return try await read(route, request)
            case "POST": return try await act(request)
            default: return HTTPResponse(status: 405, headers: [HTTPHeader("Allow", "GET, HEAD, POST")])
            }
        } catch let error as PostgresError {
            return Self.refusal(error)
        } catch {
            return .refusal(502, Self.line("\(error)"))
        }
    }

    private static func refusal(_ error: PostgresError) -> HTTPResponse {
        switch error.sqlState {
        case "P0002": .refusal(404, line("\(error)"))
        case "22023": .refusal(400, line("\(error)"))
        case "42501": .refusal(403, "The database's role may not: \(line("\(error)"))")
        default: .refusal(503, line("\(error)"))
        }
    }

    private static func line(_ text: String) -> String {
        text.split(separator: "\n").joined(separator: "; ")
    }

    private static func isLocal(_ host: String?) -> Bool {
        guard let host else { return true }
        let name = host.hasPrefix("[") ? String(host.prefix { $0 != "]" }) + "]" : String(host.prefix { $0 != ":" })
        return ["localhost", "127.0.0.1", "[::1]"].contains(name.lowercased())
    }
}
