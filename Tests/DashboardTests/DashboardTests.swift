import Archive
import Dashboard
import HTTPServer
import Postgres
import TestSupport
import Testing

@Suite struct DashboardTests {
    private func request(
        _ target: String, _ method: String = "GET", headers: [HTTPHeader] = []
    ) throws -> HTTPRequest {
        try #require(HTTPRequest(method: method, target: target, headers: headers))
    }

    private func text(_ response: HTTPResponse) -> String {
        switch response.body {
        case .text(let text): text
        case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
        case .empty, .file: ""
        }
    }

    /// A dashboard over an archive of one set with a name full of markup.
    private func with(
        token: ActionToken? = nil, localOnly: Bool = true,
        _ body: (Dashboard, Archive, PostgresConnection) async throws -> Void
    ) async throws {
        try await TestArchive.withFresh { archive, connection in
            _ = try await archive.enqueueForTest("<img src=x onerror=alert(1)>", images: 5, prefix: "http://h/<b>")
            try await body(
                Dashboard(connection.configuration, token: token, localOnly: localOnly), archive, connection)
        }
    }

    @Test("The page, its style and its script are served with a policy that lets in nothing else")
    func page() async throws {
        try await with { dashboard, _, _ in
            for (path, type) in [("/", "text/html"), ("/page.css", "text/css"), ("/page.js", "text/javascript")] {
                let response = await dashboard.answer(to: try request(path))
                #expect(response.status == 200)
                #expect(response.headers.first { $0.name == "Content-Type" }?.value.hasPrefix(type) == true)
                let policy = response.headers.first { $0.name == "Content-Security-Policy" }?.value ?? ""
                #expect(policy.hasPrefix("default-src 'none'") && !policy.contains("unsafe"))
            }
        }
    }

    @Test("Runs are told as JSON, markup in names as it is")
    func runs() async throws {
        try await with { dashboard, _, _ in
            let response = await dashboard.answer(to: try request("/api/runs"))
            #expect(response.headers.contains(HTTPHeader("Content-Type", "application/json")))
            #expect(text(response).contains(#""set_name":"<img src=x onerror=alert(1)>""#))
            #expect(text(response).contains(#""images":5"#))
            for path in ["/api/runs/1", "/api/runs/1/failures", "/api/runs/1/crowded", "/api/workers"] {
                let found = await dashboard.answer(to: try request(path)).status
                #expect(found == 200, "\(path)")
            }
            let image = await text(dashboard.answer(to: try request("/api/runs/1/images/1")))
            #expect(image == "[]")
        }
    }

    @Test(
        "What is not there is 404",
        arguments: [
            "/api", "/api/runs/x", "/api/runs/0", "/api/runs/1/images", "/api/runs/9999999999", "/etc/passwd",
            "/picture/1/1", "/x/runs", "/api/runs/1/images/-1",
        ])
    func absent(path: String) async throws {
        try await with { dashboard, _, _ in
            let found = await dashboard.answer(to: try request(path)).status
            #expect(found == 404)
        }
    }

    @Test("Without a token there are no actions; with one, only for whoever shows it")
    func actions() async throws {
        let secret = "0123456789abcdef"
        func wish(_ connection: PostgresConnection) async throws -> String? {
            try await connection.query("SELECT wish::text AS wish FROM headcount.runs").first?
                .decode(String.self, "wish")
        }
        try await with { dashboard, _, connection in
            let found = await dashboard.answer(to: try request("/api/runs/1/pause", "POST")).status
            #expect(found == 403)
            let now = try await wish(connection)
            #expect(now == "active")
        }
        try await with(token: ActionToken(secret)) { dashboard, _, connection in
            for shown in [nil, "Bearer", "Bearer 0123456789abcdeX", "Bearer 0123456789abcdef0", secret] {
                let headers = shown.map { [HTTPHeader("Authorization", $0)] } ?? []
                let response = await dashboard.answer(to: try request("/api/runs/1/pause", "POST", headers: headers))
                #expect(response.status == 401, "\(shown ?? "")")
            }
            let before = try await wish(connection)
            #expect(before == "active")
            let key = [HTTPHeader("authorization", "Bearer \(secret)")]
            for (action, becomes) in [("pause", "paused"), ("resume", "active"), ("cancel", "cancelled")] {
                let response = await dashboard.answer(to: try request("/api/runs/1/\(action)", "POST", headers: key))
                #expect(response.status == 200)
                let now = try await wish(connection)
                #expect(now == becomes)
            }
            // What was cancelled stays so, and there is no other run and no other action.
            for path in ["/api/runs/1/resume", "/api/runs/2/pause", "/api/runs/1/drop"] {
                let found = await dashboard.answer(to: try request(path, "POST", headers: key)).status
                #expect(found == 404)
            }
        }
        #expect(ActionToken("short") == nil)
    }

    @Test("On a loopback address it answers to names of this machine alone")
    func hostNames() async throws {
        try await with { dashboard, _, _ in
            for (host, status) in [
                ("127.0.0.1:8100", 200), ("localhost", 200), ("[::1]:8100", 200), ("evil.example:8100", 421),
                ("127.0.0.1.evil.example", 421),
            ] {
                let response = await dashboard.answer(to: try request("/", headers: [HTTPHeader("Host", host)]))
                #expect(response.status == status, "\(host)")
            }
        }
    }

    @Test("Metrics hold totals by state and no name of a set")
    func metrics() async throws {
        try await with { dashboard, _, _ in
            let told = await text(dashboard.answer(to: try request("/metrics")))
            #expect(told.contains("headcount_runs{state=\"waiting\"} 1\n"))
            #expect(told.contains("headcount_images_pending 5\n"))
            #expect(!told.contains("onerror"))
            let found = await dashboard.answer(to: try request("/readyz")).status
            #expect(found == 200)
        }
    }

    @Test("A database that is away is 503, and /healthz is none of its business")
    func databaseAway() async throws {
        let dashboard = Dashboard(
            PostgresConfiguration(connectionString: "postgresql://127.0.0.1:1/none", applicationName: "test"),
            token: nil, localOnly: true)
        for (path, status) in [("/readyz", 503), ("/api/runs", 503), ("/healthz", 200)] {
            let found = await dashboard.answer(to: try request(path)).status
            #expect(found == status, "\(path)")
        }
    }
}
