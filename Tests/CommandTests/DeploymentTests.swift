import Foundation
import HTTPServer
import TestSupport
import Testing

/// What `Deploy/` holds for those who put Headcount into service, as far as one machine can try it.
struct DeploymentTests {
    private static let deploy = Checkout.root + "/Deploy"
    private static let analyze = InstalledTool("systemd-analyze", package: "systemd")
    private static let promtool = InstalledTool("promtool", package: "prometheus")
    private static let python = Checkout.root + "/.runtime/deployment-checks/bin/python"

    private static func text(_ path: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(filePath: deploy + "/" + path)), as: UTF8.self)
    }

    @Test("systemd finds no fault with the units, and takes them for hardened", .enabled(if: analyze.isPresent))
    func units() async throws {
        let folder = try TemporaryFolder()
        for unit in try FileManager.default.contentsOfDirectory(atPath: Self.deploy + "/systemd") {
            // A unit whose program is not there is at fault; a template is looked at as one of its instances.
            let text = try Self.text("systemd/\(unit)").replacing("/usr/local/bin/headcount", with: Checkout.program)
            let file = try folder.write(text, to: unit.replacing("@.", with: "@1."))
            let analyze = try #require(Self.analyze.path)
            let verified = try await RunningProgram.run(["verify", "--man=no", file], executable: analyze)
            #expect(verified.status == 0 && verified.errors == "", "\(unit): \(verified.errors)")
            // Exposure from 0 to 10, in tenths.
            let secure = try await RunningProgram.run(
                ["security", "--no-pager", "--offline=true", "--threshold=25", file], executable: analyze)
            #expect(secure.status == 0, "\(unit): \(secure.output)")
        }
    }

    @Test("what Deploy/install puts in place finds all its parts, and can be put in place again")
    func install() async throws {
        let root = try TemporaryFolder()
        for _ in 1...2 {
            let installed = try await RunningProgram.run(
                ["--root", root.path, "--program", Checkout.program], executable: Self.deploy + "/install",
                // Where the wheel of the inference runtime is kept.
                environment: ProcessInfo.processInfo.environment)
            #expect(installed.status == 0 && installed.errors.contains("systemctl enable"), "\(installed.errors)")
        }
        for unit in try FileManager.default.contentsOfDirectory(atPath: Self.deploy + "/systemd") {
            #expect(access(root.path + "/etc/systemd/system/" + unit, R_OK) == 0, "\(unit)")
        }
        try await TestDatabase.withFresh { database in
            for words in [["migrate"], ["model", "verify", "crowd"]] {
                let outcome = try await RunningProgram.run(
                    words + ["--database", database], executable: root.path + "/usr/local/bin/headcount", in: root.path)
                #expect(outcome.status == 0, "\(words): \(outcome.errors)")
            }
        }
    }

    @Test(
        "manifests, compose file and Dockerfile fit their schemas, each other and the program",
        .enabled(if: access(python, X_OK) == 0, "Tests/Deployment/prepare was not run"))
    func containers() async throws {
        let checked = try await RunningProgram.run(
            [Checkout.root + "/Tests/Deployment/check.py", Checkout.program], executable: Self.python)
        #expect(checked.status == 0 && checked.errors == "", "\(checked.errors)")
        let query = try #require(checked.output.firstMatch(of: /KEDA asks: (.+)/)).output.1
        try await CommandBench.with(pictures: 1) { bench in
            #expect(try await bench.number(String(query)) == 0)
            _ = try await bench.run(["enqueue", "set", "--urls", "-"], input: bench.list(1...1))
            #expect(try await bench.number(String(query)) == 1)
            _ = try await bench.run(["pause", "set"])
            #expect(try await bench.number(String(query)) == 0)
        }
    }

    @Test("promtool finds no fault with the rules", .enabled(if: promtool.isPresent, promtool.absence))
    func rules() async throws {
        let promtool = try #require(Self.promtool.path)
        for words in [["rules", "headcount.rules.yaml"], ["config", "prometheus.yaml"]] {
            let checked = try await RunningProgram.run(
                ["check"] + words, executable: promtool, in: Self.deploy + "/prometheus")
            #expect(checked.status == 0, "\(checked.output)\(checked.errors)")
            #expect(!(checked.output + checked.errors).lowercased().contains("warn"))
        }
    }

    @Test(
        "a real Prometheus scrapes coordinator, worker and dashboard without a warning, and knows every name that is used",
        .enabled(if: promtool.isPresent, promtool.absence),
        .enabled(if: OpenVINOInstallation.isPresent, OpenVINOInstallation.absence))
    func prometheus() async throws {
        try await CommandBench.with(pictures: 3) { bench in
            let list = (0..<30).map { "\(bench.url)/\($0 % 3 + 1).png?\($0)\n" }.joined() + "\(bench.url)/none.png\n"
            _ = try await bench.run(["enqueue", "set", "--urls", "-"], input: list)
            let worker = try bench.start(["work", "--metrics", "0", "--allow-network", "127.0.0.0/8"])
            let coordinator = try bench.start(["coordinate", "--simulated-cards", "1", "--port", "0"])
            let dashboard = try bench.start(["dashboard", "--port", "0"])
            let programs = [worker, coordinator, dashboard]
            defer { for program in programs { program.signal(SIGKILL) } }
            let address = /http:\/\/(127\.0\.0\.1:[0-9]+)\//
            let targets = [
                ("headcount-worker", try await worker.said(address)),
                ("headcount-coordinator", try await coordinator.said(address)),
                ("headcount-dashboard", try await dashboard.said(address)),
            ]
            try await bench.wait(until: "(SELECT pending FROM headcount.progress) = 0")

            var texts: [String] = []
            for (_, target) in targets {
                let text = try await Self.get("http://\(target)/metrics")
                let checked = try await RunningProgram.run(
                    ["check", "metrics"], executable: try #require(Self.promtool.path), input: text)
                #expect(checked.status == 0 && checked.output + checked.errors == "", "\(checked.errors)")
                texts.append(text)
            }
            let known = Set(texts.joined().matches(of: /(?m)^# TYPE ([a-z_]+)/).map { String($0.output.1) })
            for file in ["prometheus/headcount.rules.yaml", "grafana/headcount.json"] {
                let used = Set(
                    try Self.text(file).matches(of: /\b(headcount|process)_[a-z_]+[a-z]/).map { String($0.output.0) })
                #expect(used.count > 5)
                let unknown = used.filter { name in
                    !known.contains(name) && !known.contains(name.replacing(/_(bucket|sum|count)$/, with: ""))
                }
                #expect(unknown.isEmpty, "\(file)")
            }
            let recorded = Set(
                try Self.text("prometheus/headcount.rules.yaml").matches(of: /record: (\S+)/).map {
                    String($0.output.1)
                })
            let shown = Set(
                try Self.text("grafana/headcount.json").matches(of: /headcount:[a-z_:0-9]+/).map { String($0.output) }
            )
            #expect(shown.subtracting(recorded).isEmpty)

            try await Self.scrape(targets)
            for program in programs { program.signal(SIGTERM) }
            for program in programs { #expect(try await program.outcome().status == 0) }
        }
    }

    /// Runs Prometheus with the project's rules until it has scraped every target and evaluated every rule.
    private static func scrape(_ targets: [(job: String, address: String)]) async throws {
        let folder = try TemporaryFolder()
        try folder.copy(deploy + "/prometheus/headcount.rules.yaml", to: "headcount.rules.yaml")
        var configuration = """
            global: {scrape_interval: 1s, evaluation_interval: 1s}
            rule_files: [headcount.rules.yaml]
            scrape_configs:
            """
        for (job, address) in targets {
            configuration += "\n- {job_name: \(job), static_configs: [{targets: [\"\(address)\"]}]}"
        }
        let file = try folder.write(configuration + "\n", to: "prometheus.yaml")
        let port = try freePort()
        let prometheus = try RunningProgram(
            [
                "--config.file=\(file)", "--storage.tsdb.path=\(folder.path)/data",
                "--web.listen-address=127.0.0.1:\(port)", "--log.level=warn",
            ], executable: "/usr/bin/prometheus")
        defer { prometheus.signal(SIGKILL) }
        func ask(_ path: String) async throws -> [String: Any] {
            let text = try await get("http://127.0.0.1:\(port)/api/v1/\(path)")
            let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
            return try #require(object?["data"] as? [String: Any])
        }
        // Not before it answers; then until each target and each rule was looked at.
        var healths: [String] = []
        try await waitUntil("Prometheus to look at every target and rule") {
            guard let found = try? await ask("targets"), let rules = try? await ask("rules") else { return false }
            let up = found["activeTargets"] as? [[String: Any]] ?? []
            let groups = rules["groups"] as? [[String: Any]] ?? []
            healths =
                up.map { $0["health"] as? String ?? "" }
                + groups.flatMap { $0["rules"] as? [[String: Any]] ?? [] }.map { $0["health"] as? String ?? "" }
            return up.count >= targets.count && !healths.contains("unknown")
        }
        #expect(healths.count > targets.count + 10)
        #expect(Set(healths) == ["up", "ok"])
        prometheus.signal(SIGTERM)
        let ended = try await prometheus.outcome()
        #expect(ended.status == 0)
        let complaints = ended.errors.split(separator: "\n").filter { line in
            // That it was told to end is a warning to it.
            (line.contains("level=warn") || line.contains("level=error")) && !line.contains("Received SIGTERM")
        }
        #expect(complaints.isEmpty)
    }

    /// A port that nobody listens on just now.
    private static func freePort() throws -> UInt16 {
        let server = try HTTPServer(port: 0) { _ in .text("") }
        defer { server.stop() }
        return try #require(server.url.split(separator: ":").last.flatMap { UInt16($0) })
    }

    private static func get(_ url: String) async throws -> String {
        let curl = try #require(InstalledTool("curl").path)
        let answer = try await RunningProgram.run(["--silent", "--show-error", "--fail", url], executable: curl)
        guard answer.status == 0 else { throw CocoaError(.fileReadUnknown, userInfo: ["said": answer.errors]) }
        return answer.output
    }
}
