import Concurrency
import Dispatch
public import HTTPServer
public import Postgres
import Telemetry

/// The page, its JSON interface and the metrics of a database: what `headcount dashboard` answers requests with.
///
/// Reads need nothing; pausing, resuming and cancelling runs need the token, and without one there are no actions.
public final class Dashboard: Sendable {
    private let database: DashboardDatabase
    private let token: ActionToken?
    private let localOnly: Bool
    private let pictures: (@Sendable (_ run: Int, _ image: Int) async throws -> [UInt8])?
    private let metrics: DashboardMetrics

    /// A dashboard of one database.
    /// - Parameters:
    ///   - localOnly: true where it is served on a loopback address: it then answers only to names of this machine, so
    ///     that no foreign site can reach it by a name that leads here.
    ///   - pictures: draws the heat map of an image as a JPEG; `nil` where the page shows none.
    public init(
        _ configuration: PostgresConfiguration, token: ActionToken?, localOnly: Bool,
        pictures: (@Sendable (_ run: Int, _ image: Int) async throws -> [UInt8])? = nil
    ) {
        database = DashboardDatabase(configuration)
        self.token = token
        self.localOnly = localOnly
        self.pictures = pictures
        metrics = DashboardMetrics()
    }

    /// The same as `answer(to:)` for a server's thread, which it blocks; never to be called on one of Swift's own.
    public func response(to request: HTTPRequest) -> HTTPResponse {
        let outcome = Locked<HTTPResponse?>(nil)
        let done = DispatchSemaphore(value: 0)
        Task.detached { [self] in
            let response = await answer(to: request)
            outcome.withLock { $0 = response }
            done.signal()
        }
        done.wait()
        return outcome.withLock { $0 } ?? .refusal(500, "No answer")
    }

    /// The answer to a request.
    public func answer(to request: HTTPRequest) async -> HTTPResponse {
        var response = await unguarded(request)
        response.headers += Self.guards
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
        HTTPHeader("Cache-Control", "no-store"),
    ]

    private func unguarded(_ request: HTTPRequest) async -> HTTPResponse {
        if localOnly, !Self.isLocal(request.header("Host")) {
            return .refusal(421, "This page is served to this machine alone")
        }
        let path = request.path.split(separator: "/")
        do {
            switch request.method {
            case "GET", "HEAD": return try await read(request.path, path)
            case "POST": return try await act(request, path)
            default: return HTTPResponse(status: 405, headers: [HTTPHeader("Allow", "GET, HEAD, POST")])
            }
        } catch let error as PostgresError {
            return .refusal(503, "\(error)".split(separator: "\n").joined(separator: "; "))
        } catch {
            return .refusal(502, "\(error)".split(separator: "\n").joined(separator: "; "))
        }
    }

    private func read(_ whole: String, _ path: [Substring]) async throws -> HTTPResponse {
        switch whole {
        case "/": return Self.file(PackageResources.page_html, "text/html; charset=utf-8")
        case "/page.css": return Self.file(PackageResources.page_css, "text/css; charset=utf-8")
        case "/page.js": return Self.file(PackageResources.page_js, "text/javascript; charset=utf-8")
        case "/healthz": return .text("ok\n")
        case "/readyz":
            _ = try await database.ask("SELECT FROM headcount.runs LIMIT 1")
            return .text("ready\n")
        case "/metrics": return .text(try await metrics.text(from: database), type: Metrics.contentType)
        default: break
        }
        if let query = DashboardQuery(path: path) {
            var text = try await database.json(query)
            if query.numbers.count == 2 {
                text = text.replacing("[{", with: "[{\"has_picture\":\(pictures != nil),", maxReplacements: 1)
            }
            return .text(text, type: "application/json")
        }
        if path.count == 3, path[0] == "picture", let run = Int(path[1]), let image = Int(path[2]), let pictures {
            return Self.file(try await pictures(run, image), "image/jpeg")
        }
        return .refusal(404, "Not found")
    }

    private func act(_ request: HTTPRequest, _ path: [Substring]) async throws -> HTTPResponse {
        let wishes = ["pause": "paused", "resume": "active", "cancel": "cancelled"]
        guard path.count == 4, path[0] == "api", path[1] == "runs", let run = Int(path[2]),
            (1...Int(Int32.max)).contains(run), let wish = wishes[String(path[3])]
        else { return .refusal(404, "Not found") }
        guard let token else { return .refusal(403, "Read-only: headcount dashboard --token-file allows actions") }
        guard token.isShown(by: request.header("Authorization")) else {
            var refusal = HTTPResponse.refusal(401, "The token for actions is missing or another")
            refusal.headers.append(HTTPHeader("WWW-Authenticate", "Bearer"))
            return refusal
        }
        guard try await database.change(run: run, to: wish) else {
            return .refusal(404, "There is no run \(run), or it was cancelled")
        }
        return .text("{}\n", type: "application/json")
    }

    private static func file(_ bytes: [UInt8], _ type: String) -> HTTPResponse {
        HTTPResponse(status: 200, headers: [HTTPHeader("Content-Type", type)], body: .bytes(bytes))
    }

    private static func isLocal(_ host: String?) -> Bool {
        guard let host else { return true }
        let name = host.hasPrefix("[") ? String(host.prefix { $0 != "]" }) + "]" : String(host.prefix { $0 != ":" })
        return ["localhost", "127.0.0.1", "[::1]"].contains(name.lowercased())
    }
}
