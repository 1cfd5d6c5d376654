import FoundationEssentials
import HTTPServer
import Telemetry

extension Dashboard {
    private struct Status: Encodable {
        let version: String
        let actions: String
        let pictures: Bool
    }

    private struct View: Encodable {
        let density: String
        let people: Double
        let highest: Double
        let problem: String?
    }

    /// The answer to a request that changes nothing.
    func read(_ route: Route, _ request: HTTPRequest) async throws -> HTTPResponse {
        switch route {
        case .file(let bytes, let type):
            return HTTPResponse(status: 200, headers: [HTTPHeader("Content-Type", type)], body: .bytes(bytes))
        case .healthy: return .text("ok\n")
        case .ready:
            _ = try await database.ask("SELECT FROM headcount.runs LIMIT 1")
            return .text("ready\n")
        case .metrics: return .text(await metrics.text(from: database), type: Metrics.contentType)
        case .status:
            return try Self.json(
                Status(version: version, actions: actions.state(for: request), pictures: shelf != nil))
        case .rows(let query, _): return .text(try await database.json(query), type: "application/json")
        case .view(let key):
            guard let shelf else { return .refusal(404, "--pictures lets this page draw") }
            guard let picture = try await shelf.picture(key) else { return Self.busy }
            return try Self.json(
                View(
                    density: picture.density, people: picture.people, highest: picture.highest,
                    problem: picture.problem))
        case .picture(let key):
            guard let shelf else { return .refusal(404, "--pictures lets this page draw") }
            guard let picture = try await shelf.picture(key) else { return Self.busy }
            let headers = [
                HTTPHeader("Content-Type", "image/jpeg"), HTTPHeader("Cache-Control", "private, max-age=300"),
            ]
            return HTTPResponse(status: 200, headers: headers, body: .bytes(picture.jpeg))
        case .other: return .refusal(404, "Not found")
        }
    }

    /// Does what a request wants changed.
    func act(_ request: HTTPRequest) async throws -> HTTPResponse {
        if let refusal = actions.refusal(of: request) { return refusal }
        do {
            let action = try PageAction(path: request.path.split(separator: "/"), body: request.body)
            let changed = try await database.change(action)
            if changed > 0 { tell("By the page: \(action.words).") }
            return try Self.json(["changed": changed])
        } catch let refusal as PageAction.Refusal {
            switch refusal {
            case .unknown: return .refusal(404, "No such action")
            case .body(let needed): return .refusal(400, needed)
            }
        }
    }

    private static let busy = HTTPResponse(
        status: 503,
        headers: [HTTPHeader("Retry-After", "2"), HTTPHeader("Content-Type", "text/plain; charset=utf-8")],
        body: .text("503 Too many pictures are being drawn\n"))

    private static func json(_ value: some Encodable) throws -> HTTPResponse {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return .text(String(decoding: try encoder.encode(value), as: UTF8.self), type: "application/json")
    }
}
