import Foundation
import Glibc
import HTTPServer
import TestSupport
import Testing

/// The page and the metrics of the program itself.
@Suite struct PageTests {
    /// What a server of this machine answers: its status and its body.
    private static func get(_ path: String, port: UInt16, host: String = "127.0.0.1") throws -> (Int, String) {
        let connection = try RawSocket.connected(to: port)
        defer { connection.close() }
        connection.send("GET \(path) HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n")
        let answer = String(decoding: connection.readToEnd(), as: UTF8.self)
        let parts = answer.split(separator: "\r\n\r\n", maxSplits: 1)
        let status = answer.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        return (status ?? 0, parts.count > 1 ? String(parts[1]) : "")
    }

    /// The port that a program says it serves the page at.
    private static func port(of program: RunningProgram) async throws -> UInt16 {
        let digits = try await program.said(/The page is at http:\/\/127\.0\.0\.1:([0-9]+)\//)
        return try #require(UInt16(digits))
    }

    private static func complaints(of metrics: String) async throws -> String {
        let promtool = try #require(InstalledTool.promtool.path)
        let outcome = try await RunningProgram.run(["check", "metrics"], executable: promtool, input: metrics)
        return outcome.status == 0 ? outcome.output + outcome.errors : "status \(outcome.status): \(outcome.errors)"
    }

    @Test(
        "a coordinator serves the page beside its metrics, and promtool has nothing to say of them",
        .enabled(if: InstalledTool.promtool.isPresent, InstalledTool.promtool.absence))
    func coordinator() async throws {
        try await CommandBench.with(pictures: 4) { bench in
            _ = try await bench.run(["enqueue", "set", "--urls", "-"], input: bench.list(1...4))
            let coordinator = try bench.start([
                "coordinate", "--host-name", "one", "--simulated-cards", "2", "--simulated-batch-ms", "5", "--port",
                "0",
                "--allow-network", "127.0.0.0/8",
            ])
            let port = try await Self.port(of: coordinator)
            #expect(try Self.get("/", port: port).1.contains("<title>Headcount</title>"))
            #expect(try Self.get("/", port: port, host: "evil.example").0 == 421)
            try await bench.wait(until: "(SELECT state FROM headcount.progress) = 'done'")
            let cards = try Self.get("/api/cards", port: port).1
            #expect(cards.contains(#""card":"one/simulated:1""#) && cards.contains(#""lane_fill":"#))
            #expect(try Self.get("/healthz", port: port).0 == 200)
            #expect(try Self.get("/readyz", port: port).0 == 200)
            // What its workers come to stands there when they have told it, within a second or so.
            let counted = "\nheadcount_images_total{outcome=\"counted\"} 4\n"
            try await waitUntil("what the workers counted, in /metrics") {
                try Self.get("/metrics", port: port).1.contains(counted)
            }
            let (status, metrics) = try Self.get("/metrics", port: port)
            #expect(status == 200)
            for name in [
                "headcount_card_workers{", "headcount_runs{", "process_open_fds ",
                "headcount_card_lanes_total{card=\"simulated:0\",state=\"filled\"} ",
                "headcount_lanes_total{state=\"filled\"} ", "headcount_launch_seconds_bucket{le=",
                "headcount_step_seconds_bucket{step=\"fetch\",le=", "headcount_leases_lost_total 0",
            ] {
                #expect(metrics.contains("\n\(name)"), "\(name)")
            }
            #expect(try await Self.complaints(of: metrics) == "")
            coordinator.signal(SIGTERM)
            #expect(try await coordinator.outcome().status == 0)
        }
    }

    @Test(
        "dashboards and workers give promtool nothing to say either",
        .enabled(if: InstalledTool.promtool.isPresent, InstalledTool.promtool.absence))
    func metrics() async throws {
        try await CommandBench.with(pictures: 2) { bench in
            _ = try await bench.run(["enqueue", "set", "--urls", "-"], input: bench.list(1...2))
            let dashboard = try bench.start(["dashboard", "--port", "0"])
            let port = try await Self.port(of: dashboard)
            #expect(try Self.get("/api/runs", port: port).0 == 200)
            #expect(try await Self.complaints(of: Self.get("/metrics", port: port).1) == "")
            dashboard.signal(SIGTERM)
            #expect(try await dashboard.outcome().status == 0)

            let taken = try HTTPServer(port: 0) { _ in .text("") }
            taken.stop()
            let worker = try bench.start([
                "work", "--engine", "simulated", "--simulated-batch-ms", "5", "--metrics", "\(taken.port)",
                "--allow-network", "127.0.0.0/8",
            ])
            try await bench.wait(until: "(SELECT count(*) FROM headcount.counts) = 2")
            let metrics = try Self.get("/metrics", port: taken.port).1
            #expect(metrics.contains("headcount_launch_seconds_bucket{le="))
            #expect(try await Self.complaints(of: metrics) == "")
            worker.signal(SIGTERM)
            #expect(try await worker.outcome().status == 0)
        }
    }

    @Test(
        "the page draws what a run kept, what is computed anew, and the density alone where the picture is gone",
        .enabled(if: OpenVINOInstallation.isPresent, OpenVINOInstallation.absence))
    func pictures() async throws {
        try await CommandBench.with(pictures: 3) { bench in
            let loopback = ["--allow-network", "127.0.0.0/8"]
            _ = try await bench.run(["enqueue", "kept", "--density", "--urls", "-"], input: bench.list(1...2))
            _ = try await bench.run(["enqueue", "bare", "--urls", "-"], input: bench.list(3...3))
            #expect(try await bench.run(["work", "--drain"] + loopback).status == 0)
            try FileManager.default.removeItem(atPath: bench.pictures.path + "/2.png")
            let dashboard = try bench.start(["dashboard", "--port", "0", "--pictures"] + loopback)
            let port = try await Self.port(of: dashboard)
            for (image, told) in [
                ("1/images/1", #""density":"kept""#), ("2/images/1", #""density":"computed""#),
                ("1/images/2", "cannot be had"),
            ] {
                let (status, view) = try Self.get("/api/runs/\(image)/view", port: port)
                #expect(status == 200 && view.contains(told), "\(image): \(view)")
                let picture = try Self.get("/picture/\(image.replacing("images/", with: ""))?size=320", port: port)
                #expect(picture.0 == 200 && picture.1.contains("JFIF"), "\(image)")
            }
            dashboard.signal(SIGTERM)
            #expect(try await dashboard.outcome().status == 0)
        }
    }

    @Test("a token that others can read, or that is none, is refused")
    func tokens() async throws {
        let folder = try TemporaryFolder()
        for (name, content, mode) in [
            ("open", "0123456789abcdef", 0o644), ("short", "0123", 0o600), ("long", "0123456789abcdef and more", 0o600),
            ("foreign", "0123456789abcdéf", 0o600), ("writable", "0123456789abcdef", 0o660),
        ] {
            let file = try folder.write(content, to: name)
            chmod(file, mode_t(mode))
            try await CommandBench.with(pictures: 1) { bench in
                let outcome = try await bench.run(["dashboard", "--port", "0", "--token-file", file])
                #expect(outcome.status == 64, "\(outcome.errors)")
                #expect(outcome.errorLines.count == 1, "\(outcome.errors)")
            }
        }
    }

    @Test(
        "a token that is mounted into a container, root's and a group's to read, is taken", .enabled(if: geteuid() == 0)
    )
    func mountedToken() async throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("0123456789abcdef", to: "token")
        chmod(file, 0o440)
        try await CommandBench.with(pictures: 1) { bench in
            let words = ["dashboard", "--port", "0", "--token-file", file]
            let dashboard = try bench.start(words)
            let port = try await Self.port(of: dashboard)
            #expect(try Self.get("/api/status", port: port).1.contains(#""actions":"locked""#))
            dashboard.signal(SIGTERM)
            #expect(try await dashboard.outcome().status == 0)
            chown(file, 65534, 65534)
            #expect(try await bench.run(words).status == 64)
        }
    }

    @Test("what is served on another loopback address answers to it, and to the site of a server in front")
    func loopbackAndSite() async throws {
        try await CommandBench.with(pictures: 1) { bench in
            let dashboard = try bench.start([
                "dashboard", "--port", "0", "--address", "0:0:0:0:0:0:0:1", "--site", "https://Count.example.org/",
            ])
            let digits = try await dashboard.said(/The page is at http:\/\/\[[0:]+1\]:([0-9]+)\//)
            let port = try #require(UInt16(digits))
            let connection = try #require(InstalledTool("curl").path)
            for (host, status) in [
                ("[0:0:0:0:0:0:0:1]:\(port)", "200"), ("count.example.org", "200"), ("count.example.org:443", "200"),
                ("evil.example", "421"),
            ] {
                let answer = try await RunningProgram.run(
                    [
                        "--silent", "--globoff", "--noproxy", "*", "--output", "/dev/null", "--write-out",
                        "%{http_code}",
                        "--header", "Host: \(host)", "http://[::1]:\(port)/",
                    ], executable: connection)
                #expect(answer.output == status, "\(host): \(answer.errors)")
            }
            dashboard.signal(SIGTERM)
            #expect(try await dashboard.outcome().status == 0)
            for site in ["count.example.org", "https://count.example.org/page", "https://", "ftp://count.example.org"] {
                let outcome = try await bench.run(["dashboard", "--port", "0", "--site", site])
                #expect(outcome.status == 64, "\(site): \(outcome.errors)")
            }
        }
    }
}
