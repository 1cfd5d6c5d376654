import Foundation
import HTTPServer
import Postgres
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
            // What work --help asks for.
            if let grace = text.firstMatch(of: /--grace of more than (\d+) s/)?.output.1 {
                let stop = text.firstMatch(of: /TimeoutStopSec=(\d+)/)?.output.1
                #expect(stop.flatMap { Int($0) } == Int(grace).map { $0 + 20 }, "\(unit)")
            }
            // Exposure from 0 to 10, in tenths.
            let secure = try await RunningProgram.run(
                ["security", "--no-pager", "--offline=true", "--threshold=25", file], executable: analyze)
            #expect(secure.status == 0, "\(unit): \(secure.output)")
        }
    }

    @Test("what Deploy/install puts in place finds all its parts, is readable whatever the umask, and can be put again")
    func install() async throws {
        let (root, program) = (try TemporaryFolder(), URL(filePath: Checkout.program))
        func install(_ program: String, into root: String, from place: String) async throws -> RunningProgram.Outcome {
            try await RunningProgram.run(
                [
                    "-c", "umask 077 && exec \"$@\"", "sh", Self.deploy + "/install", "--root", root, "--program",
                    program,
                ], executable: "/bin/sh",
                // Where the wheel of the inference runtime is kept.
                environment: ProcessInfo.processInfo.environment, in: place)
        }
        // By names that are so from where it is typed alone.
        for (file, into, place) in [
            (program.path, "tree", root.path),
            (program.lastPathComponent, root.path + "/tree", program.deletingLastPathComponent().path),
        ] {
            let installed = try await install(file, into: into, from: place)
            #expect(installed.status == 0 && installed.errors.contains("systemctl enable"), "\(installed.errors)")
        }
        #expect(try await install(root.path, into: root.path, from: root.path).status == 66)
        let tree = root.path + "/tree"
        for unit in try FileManager.default.contentsOfDirectory(atPath: Self.deploy + "/systemd") {
            #expect(access(tree + "/etc/systemd/system/" + unit, R_OK) == 0, "\(unit)")
        }
        let files = try #require(FileManager.default.enumerator(atPath: tree + "/usr")).compactMap {
            $0 as? String
        }
        #expect(files.count > 50)
        for file in files {
            var status = stat()
            let isThere = stat(tree + "/usr/" + file, &status) == 0
            let needed: mode_t = status.st_mode & S_IFMT == S_IFDIR ? 0o055 : 0o044
            #expect(isThere && status.st_mode & needed == needed, "\(file)")
        }
        for part in ["share/headcount/compiler/reference.py", "share/headcount/compiler/stand-in/torch.py"] {
            #expect(files.contains("local/" + part), "\(part)")
        }
        try await TestDatabase.withFresh { database in
            let model = tree + "/usr/local/share/headcount/models/crowd/crowd.json"
            for words in [["migrate"], ["model", "verify", "crowd"], ["model", "add", model, "--default"]] {
                let outcome = try await RunningProgram.run(
                    words + ["--database", database], executable: tree + "/usr/local/bin/headcount", in: root.path)
                #expect(outcome.status == 0, "\(words): \(outcome.errors)")
            }
            // Where there is no DuckDB but the one beside it.
            let connection = try await PostgresConnection.connect(
                PostgresConfiguration(connectionString: database, applicationName: "test"))
            try await connection.execute("SELECT headcount.enqueue('set', ARRAY['http://host/1.jpg'])")
            let exported = try await RunningProgram.run(
                ["export", "set", "-o", root.path + "/set.parquet", "--database", database],
                executable: tree + "/usr/local/bin/headcount", environment: ["PATH": "/bin"], in: root.path)
            #expect(exported.status == 0, "\(exported.errors)")
        }
    }

    @Test("the roles that database.yaml makes are those of the migrations, whose owner need not be a superuser")
    func databaseRoles() async throws {
        let manifest = try Self.text("kubernetes/database.yaml")
        let list = try #require(manifest.firstMatch(of: /postInitSQL:\n((?: {8}.+\n)+)/)).output.1
        let statements = list.replacing(/- >-\s+/, with: "- ").split(separator: "\n").map {
            // The test's server has a superuser of that name.
            String($0.trimmingPrefix(#/ *- /#)).replacing(/\bheadcount\b/, with: "owner")
        }
        #expect(statements.count == 6)
        let folder = try TemporaryFolder()
        let cluster = LocalCluster(folder: folder.path + "/postgres")
        _ = try await cluster.start()
        let url = try cluster.url()
        let outcome = await Self.result { try await Self.tryRoles(manifest, statements, at: url) }
        _ = try await cluster.stop()
        try outcome.get()
    }

    private static func result(_ body: () async throws -> Void) async -> Result<Void, any Error> {
        do {
            return .success(try await body())
        } catch {
            return .failure(error)
        }
    }

    private static func tryRoles(_ manifest: String, _ statements: [String], at url: String) async throws {
        let server = try await PostgresConnection.connect(
            PostgresConfiguration(connectionString: url, applicationName: "test"))
        try await server.execute("CREATE ROLE owner LOGIN")
        for statement in statements { try await server.execute(statement) }
        let logins = manifest.matches(of: /- name: (\w+)\n +ensure: present\n +login: true\n +inRoles: \[(.+)\]/)
        #expect(logins.count == 3)
        for login in logins {
            try await server.execute(
                "CREATE ROLE \(login.output.1) LOGIN; GRANT \(login.output.2) TO \(login.output.1)")
        }
        try await server.execute("CREATE DATABASE kept OWNER owner")
        let place = PostgresConfiguration(connectionString: url, applicationName: "test").naming(database: "kept")
        let migrated = try await RunningProgram.run(
            ["migrate", "--database", place.connectionString + "&user=owner"])
        #expect(migrated.status == 0, "\(migrated.errors)")
        for (login, reads) in [("coordinator", true), ("worker", false), ("scaler", true)] {
            let connection = try await PostgresConnection.connect(
                PostgresConfiguration(
                    connectionString: place.connectionString + "&user=headcount_\(login)_login",
                    applicationName: "test"))
            let counts = try? await connection.query("SELECT FROM headcount.results, headcount.density_maps")
            #expect((counts != nil) == reads, "\(login)")
            let progress = try await connection.query("SELECT FROM headcount.progress, headcount.backlog").count
            #expect(progress == 0)
            await connection.close()
        }
        await server.close()
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
        // Debian's was built without the discovery of Kubernetes: the rest of that configuration is checked.
        let folder = try TemporaryFolder()
        for file in ["headcount.rules.yaml", "prometheus.yaml"] {
            try folder.copy(Self.deploy + "/prometheus/" + file, to: file)
        }
        let discovery = try Self.text("prometheus/kubernetes.yaml").replacing(
            /kubernetes_sd_configs:\n.+\n.+namespaces.+\n/, with: "static_configs: [{ targets: [\"pod:1\"] }]\n")
        #expect(discovery.contains("static_configs"))
        try folder.write(discovery, to: "kubernetes.yaml")
        for words in [
            ["rules", "headcount.rules.yaml"], ["config", "prometheus.yaml"], ["config", "kubernetes.yaml"],
        ] {
            let checked = try await RunningProgram.run(["check"] + words, executable: promtool, in: folder.path)
            #expect(checked.status == 0, "\(checked.output)\(checked.errors)")
            #expect(!(checked.output + checked.errors).lowercased().contains("warn"))
        }
        let tested = try await RunningProgram.run(
            ["test", "rules", Checkout.root + "/Tests/Deployment/rules.yaml"], executable: promtool)
        #expect(tested.status == 0, "\(tested.output)\(tested.errors)")
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

    /// What a server answers.
    static func get(_ url: String) async throws -> String {
        let curl = try #require(InstalledTool("curl").path)
        let answer = try await RunningProgram.run(["--silent", "--show-error", "--fail", url], executable: curl)
        guard answer.status == 0 else { throw CocoaError(.fileReadUnknown, userInfo: ["said": answer.errors]) }
        return answer.output
    }
}
