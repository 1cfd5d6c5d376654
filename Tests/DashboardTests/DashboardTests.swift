import Archive
import Dashboard
import HTTPServer
import Postgres
import Telemetry
import TestSupport
import Testing

@Suite struct DashboardTests {
    private func request(
        _ target: String, _ method: String = "GET", headers: [HTTPHeader] = [], body: String = "{}"
    ) throws -> HTTPRequest {
        var request = try #require(HTTPRequest(method: method, target: target, headers: headers))
        if method == "POST" { request.body = Array(body.utf8) }
        return request
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
        token: ActionToken? = nil, localOnly: Bool = true, site: PageSite? = nil,
        _ body: (Dashboard, Archive, PostgresConnection) async throws -> Void
    ) async throws {
        try await TestArchive.withFresh { archive, connection in
            _ = try await archive.enqueueForTest("<img src=x onerror=alert(1)>", images: 5, prefix: "http://h/<b>")
            try await body(
                Dashboard(
                    connection.configuration, token: token, localOnly: localOnly, site: site, version: "0",
                    metrics: Metrics()),
                archive, connection)
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
            for path in ["/api/runs/1", "/api/runs/1/failures", "/api/runs/1/crowded", "/api/workers", "/api/cards"] {
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
            "/picture/1/1", "/api/runs/1/images/1/view", "/picture/1/1?size=5", "/x/runs", "/api/runs/1/images/-1",
        ])
    func absent(path: String) async throws {
        try await with { dashboard, _, _ in
            let found = await dashboard.answer(to: try request(path)).status
            #expect(found == 404)
        }
    }

    private static let secret = "0123456789abcdef"
    private static let keys = [
        HTTPHeader("authorization", "Bearer \(secret)"), HTTPHeader("Content-Type", "application/json"),
        HTTPHeader("Host", "127.0.0.1:8100"),
    ]

    private func wish(_ connection: PostgresConnection) async throws -> String? {
        try await connection.query("SELECT wish::text AS wish FROM headcount.runs").first?.decode(String.self, "wish")
    }

    @Test("Without a token there are no actions; with one, only for whoever shows it, in JSON, from this page")
    func strangers() async throws {
        try await with { dashboard, _, connection in
            let found = await dashboard.answer(to: try request("/api/runs/1/pause", "POST", headers: Self.keys)).status
            #expect(found == 403)
            #expect(try await wish(connection) == "active")
            #expect(await text(dashboard.answer(to: try request("/api/status"))).contains(#""actions":"none""#))
        }
        try await with(token: ActionToken(Self.secret)) { dashboard, _, connection in
            for shown in [nil, "Bearer", "Bearer 0123456789abcdeX", "Bearer 0123456789abcdef0", Self.secret] {
                let headers = shown.map { [HTTPHeader("Authorization", $0)] } ?? []
                let response = await dashboard.answer(
                    to: try request("/api/runs/1/pause", "POST", headers: headers + Self.keys.dropFirst()))
                #expect(response.status == 401, "\(shown ?? "")")
            }
            for (header, value, status) in [
                ("Origin", "http://evil.example", 403), ("Origin", "null", 403), ("Sec-Fetch-Site", "cross-site", 403),
                ("Sec-Fetch-Site", "same-site", 403), ("Origin", "http://127.0.0.1:9999", 403),
            ] {
                let response = await dashboard.answer(
                    to: try request("/api/runs/1/pause", "POST", headers: [HTTPHeader(header, value)] + Self.keys))
                #expect(response.status == status, "\(header): \(value)")
            }
            for type in ["text/plain", "application/x-www-form-urlencoded"] {
                let headers = [Self.keys[0], HTTPHeader("Content-Type", type)]
                let response = await dashboard.answer(to: try request("/api/runs/1/pause", "POST", headers: headers))
                #expect(response.status == 415)
            }
            #expect(try await wish(connection) == "active")
            let own = [HTTPHeader("Origin", "http://127.0.0.1:8100"), HTTPHeader("Sec-Fetch-Site", "same-origin")]
            let response = await dashboard.answer(
                to: try request("/api/runs/1/pause", "POST", headers: own + Self.keys))
            #expect(response.status == 200)
            #expect(try await wish(connection) == "paused")
            #expect(await text(dashboard.answer(to: try request("/api/status"))).contains(#""actions":"locked""#))
            let status = await dashboard.answer(to: try request("/api/status", headers: Self.keys))
            #expect(text(status).contains(#""actions":"open""#))
        }
        #expect(ActionToken("short") == nil)
        #expect(ActionToken("0123456789abcdéf") == nil && ActionToken("0123456789 abcdef") == nil)
    }

    @Test("A server in front that asks for a password, speaks TLS and asks by another name lets actions through")
    func behindAServer() async throws {
        try await with(token: ActionToken(Self.secret), site: PageSite("https://Count.example.org:443/")) {
            dashboard, _, connection in
            func act(_ verb: String, _ headers: [(String, String)]) async throws -> Int {
                let own = [
                    // Of the server's own password, which is not ours.
                    HTTPHeader("Authorization", "Basic Y3VyYXRvcjpzZWNyZXQ="),
                    HTTPHeader("Content-Type", "application/json"), HTTPHeader("Sec-Fetch-Site", "same-origin"),
                ]
                let request = try request(
                    "/api/runs/1/\(verb)", "POST", headers: own + headers.map { HTTPHeader($0.0, $0.1) })
                return await dashboard.answer(to: request).status
            }
            let token = ("headcount-token", Self.secret)
            let origin = ("Origin", "https://count.example.org")
            #expect(try await act("pause", [token, origin, ("Host", "count.example.org")]) == 200)
            #expect(try await wish(connection) == "paused")
            #expect(try await act("resume", [token, origin, ("Host", "127.0.0.1:8100")]) == 200)
            #expect(try await wish(connection) == "active")
            #expect(try await act("pause", [origin, ("Host", "count.example.org")]) == 401)
            #expect(try await act("pause", [("Headcount-Token", "0123456789abcdeX"), origin]) == 401)
            #expect(try await act("pause", [token, origin, ("Host", "evil.example")]) == 421)
            for foreign in ["https://evil.example", "http://count.example.org", "https://count.example.org:8443"] {
                let status = try await act("pause", [token, ("Origin", foreign), ("Host", "127.0.0.1:8100")])
                #expect(status == 403, "\(foreign)")
            }
            #expect(try await wish(connection) == "active")
        }
        for text in ["count.example.org", "https://", "https://count.example.org/page", "https://a b", "ftp://a"] {
            #expect(PageSite(text) == nil, "\(text)")
        }
    }

    @Test("Actions do what they say, and say what is wrong with them")
    func actions() async throws {
        try await with(token: ActionToken(Self.secret)) { dashboard, archive, connection in
            func act(_ path: String, _ body: String = "{}") async throws -> (status: Int, text: String) {
                let response = await dashboard.answer(to: try request(path, "POST", headers: Self.keys, body: body))
                return (response.status, text(response))
            }
            for (action, becomes) in [("pause", "paused"), ("resume", "active"), ("cancel", "cancelled")] {
                let answer = try await act("/api/runs/1/\(action)")
                #expect(answer == (200, #"{"changed":1}"#))
                #expect(try await wish(connection) == becomes)
            }
            // What was cancelled stays so.
            #expect(try await act("/api/runs/1/resume").text == #"{"changed":0}"#)
            #expect(try await wish(connection) == "cancelled")

            try await archive.register(
                HostRegistration(name: "a", process: 1, version: "0", cores: 1, memoryBytes: 1))
            try await archive.record(
                [FoundCard(name: "bm1684:0", engine: "bm1684", number: 0, simulated: false)], ofHost: "a")
            #expect(try await act("/api/cards/a/bm1684:0/scale", #"{"workers": 3}"#).status == 200)
            #expect(try await act("/api/cards/a/bm1684:0/quarantine", #"{"reason": "<b>loud</b>"}"#).status == 200)
            var status = try await archive.cardStatus(of: "a/bm1684:0")
            #expect(status.desiredWorkers == 3 && status.reason == "<b>loud</b>")
            #expect(try await act("/api/cards/a/bm1684:0/release").status == 200)
            status = try await archive.cardStatus(of: "a/bm1684:0")
            #expect(status.reason == nil)

            for (path, body, refusal) in [
                ("/api/runs/1/drop", "{}", 404), ("/api/runs/2/retry", "{}", 404), ("/api/runs/x/pause", "{}", 404),
                ("/api/cards/a/none/scale", #"{"workers": 1}"#, 404), ("/api/cards/a/bm1684:0/scale", "{}", 400),
                ("/api/cards/a/bm1684:0/scale", #"{"workers": 65}"#, 400), ("/api/runs/1/pause", "x", 400),
                ("/api/cards/a/bm1684:0/quarantine", #"{"reason": "a\nb"}"#, 400), ("/", "{}", 404),
            ] {
                #expect(try await act(path, body).status == refusal, "\(path) \(body)")
            }
        }
    }

    @Test("Failures of a run are told by class with examples, and tried again by class")
    func failures() async throws {
        try await with(token: ActionToken(Self.secret)) { dashboard, _, connection in
            try await connection.execute(
                """
                INSERT INTO headcount.failures (run_id, image, attempt, class, detail, final, worker_id)
                SELECT 1, n, 2, CASE n WHEN 5 THEN 'tls' ELSE 'timeout' END::headcount.failure_class, 'late', true, 0
                FROM generate_series(1, 5) AS n;
                SELECT headcount.add_to_tally(1, 0, 0, 5)
                """)
            let told = await text(dashboard.answer(to: try request("/api/runs/1/failures")))
            #expect(told.contains(#""class":"timeout""#) && told.contains(#""images":4"#))
            #expect(told.split(separator: #""detail":"late""#).count == 3 + 1 + 1)
            #expect(told.contains("http:\\/\\/h\\/<b>1.jpg") || told.contains("http://h/<b>1.jpg"))
            let response = await dashboard.answer(
                to: try request("/api/runs/1/retry", "POST", headers: Self.keys, body: #"{"class": "timeout"}"#))
            #expect(text(response) == #"{"changed":4}"#)
            // What changed is told at once.
            let left = await text(dashboard.answer(to: try request("/api/runs/1/failures")))
            #expect(!left.contains("timeout") && left.contains("tls"))
        }
    }

    @Test("A run that was detached is not tried again, and that is no trouble of the database's")
    func detached() async throws {
        try await with(token: ActionToken(Self.secret)) { dashboard, _, connection in
            try await connection.execute(
                """
                INSERT INTO headcount.failures (run_id, image, attempt, class, detail, final, worker_id)
                SELECT 1, n, 2, 'timeout', 'late', true, 0 FROM generate_series(1, 5) AS n;
                SELECT headcount.add_to_tally(1, 0, 0, 5); SELECT headcount.detach_run(1)
                """)
            let response = await dashboard.answer(to: try request("/api/runs/1/retry", "POST", headers: Self.keys))
            #expect(response.status == 409)
            #expect(text(response).contains("run 1 was detached"), "\(text(response))")
        }
    }

    @Test("On a loopback address it answers to names of this machine alone")
    func hostNames() async throws {
        try await with { dashboard, _, _ in
            for (host, status) in [
                ("127.0.0.1:8100", 200), ("localhost", 200), ("[::1]:8100", 200), ("evil.example:8100", 421),
                ("127.0.0.1.evil.example", 421), ("127.0.0.2:8100", 200), ("[0:0:0:0:0:0:0:1]", 200),
                ("[::ffff:127.0.0.1]", 200), ("10.0.0.1", 421), ("[::2]", 421), ("[fe80::1]:8100", 421), ("", 421),
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

    @Test("Runs that are over are told by their state alone, those under way with what is left of them")
    func states() async throws {
        try await with { dashboard, archive, connection in
            for set in ["cancelled", "done", "paused"] { _ = try await archive.enqueueForTest(set, images: 3) }
            let statements = [
                "SELECT headcount.cancel('cancelled')", "SELECT headcount.pause('paused')",
                """
                INSERT INTO headcount.tallies (run_id, worker_id, counted, failed)
                SELECT run_id, 0, 3, 0 FROM headcount.progress WHERE set_name = 'done'
                """,
                "UPDATE headcount.runs SET is_open = false FROM headcount.sets s WHERE s.id = set_id AND s.name = 'done'",
            ]
            for statement in statements { _ = try await connection.query(statement) }
            let told = await text(dashboard.answer(to: try request("/metrics")))
            for (state, runs) in [("waiting", 1), ("counting", 0), ("paused", 1), ("cancelled", 1), ("done", 1)] {
                #expect(told.contains("headcount_runs{state=\"\(state)\"} \(runs)\n"), "\(state)")
            }
            #expect(told.contains("headcount_images_pending 5\n"))
        }
    }

    @Test("A count that was taken over is told with where it was taken from")
    func takenOver() async throws {
        try await with { dashboard, _, connection in
            try await connection.execute(
                """
                INSERT INTO headcount.workers (host, process, engine, engine_version, card, simulated, version)
                VALUES ('h', 1, 'openvino', '1', 'cpu', false, '0');
                INSERT INTO headcount.counts (run_id, image, count, tiles, width, height, picture_digest, picture_bytes,
                    preprocessing, worker_id, fetch_ms, decode_ms, infer_ms, source_run, source_image)
                VALUES (1, 2, 7, 1, 64, 48, '\\x00', 1, 1, 1, 1, 0, 0, 1, 4)
                """)
            let told = await text(dashboard.answer(to: try request("/api/runs/1/images/2")))
            #expect(told.contains(#""source_run":1,"source_image":4"#), "\(told)")
        }
    }

    @Test("A database that is away is 503, and neither /healthz nor /metrics are its business")
    func databaseAway() async throws {
        let dashboard = Dashboard(
            PostgresConfiguration(connectionString: "postgresql://127.0.0.1:1/none", applicationName: "test"),
            token: nil, localOnly: true, version: "0", metrics: Metrics())
        for (path, status) in [("/readyz", 503), ("/api/runs", 503), ("/healthz", 200), ("/metrics", 200)] {
            let response = await dashboard.answer(to: try request(path))
            #expect(response.status == status, "\(path)")
            // Where the database is and who asks it stands in the log alone.
            if status == 503 { #expect(!text(response).contains("127.0.0.1"), "\(text(response))") }
            if path == "/metrics" { #expect(text(response).contains("headcount_page_database_up 0\n")) }
        }
    }
}
