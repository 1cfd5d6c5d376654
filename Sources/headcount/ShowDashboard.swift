import Archive
import Arguments
import Charts
import Concurrency
import Counting
import Dashboard
import Density
import FoundationEssentials
import Glibc
import HTTPServer
import Imaging
import Inspection
import Postgres
import Terminal

/// `headcount dashboard`
enum ShowDashboard: Action {
    static let command = Command(
        "dashboard", "Serve a page that shows sets, runs, workers and failures as they go",
        discussion: """
            The page needs nothing from elsewhere. It is served to this machine alone and changes nothing,
            unless --address and --token-file say otherwise; whoever can reach it can read it. With
            --pictures it shows heat maps, for which it fetches the picture and runs the network again.
            /metrics is for Prometheus, /healthz and /readyz for whoever supervises it, /api for programs
            (headcount help api).
            """,
        options: [
            Option("port", value: "N", "Port to listen on; 0 for any free one (8100)."),
            Option("address", value: "ADDRESS", "Address to listen on (127.0.0.1, this machine alone)."),
            Option(
                "token-file", value: "FILE",
                "A file that its owner alone can read, with at least 16 characters: who shows them may pause, resume "
                    + "and cancel runs."),
            Option(flag: "pictures", "Show heat maps."),
            Context.databaseOption,
        ] + PictureOptions.all,
        examples: ["headcount dashboard", "headcount dashboard --port 8100 --token-file token --pictures"])

    static func run(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        let port = UInt16(try invocation.integer(of: "port", in: 0...65535) ?? 8100)
        let address = invocation.value(of: "address") ?? "127.0.0.1"
        let token = try invocation.value(of: "token-file").map { try self.token(in: $0, invocation) }
        let makeInspector = invocation.has("pictures") ? try PictureOptions.inspector(invocation) : nil
        let connection = try await context.connect(invocation, as: "dashboard")
        try await Migrator(connection, migrations: Migration.all(in: SharedFiles.migrations())).check()
        let archive = Archive(connection)
        let inspector = makeInspector?(archive)
        var pictures: (@Sendable (_ run: Int, _ image: Int) async throws -> [UInt8])?
        if let inspector {
            pictures = { run, image in try await heatMap(of: image, run: run, archive, inspector) }
        }
        let dashboard = Dashboard(
            connection.configuration, token: token, localOnly: ["127.0.0.1", "::1", "localhost"].contains(address),
            pictures: pictures)
        let server = try HTTPServer(address: address, port: port) { dashboard.response(to: $0) }
        context.console.say("The page is at \(server.url)/ until Ctrl-C.")
        for await _ in StopSignals().stream { break }
        server.stop()
        await inspector?.close()
        await archive.close()
        return .success
    }

    private static func heatMap(
        of image: Int, run: Int, _ archive: Archive, _ inspector: PictureInspector
    ) async throws -> [UInt8] {
        let url = try await archive.url(ofImage: image, run: run)
        let found = try await inspector.inspect(url, ofRun: run, longest: 1280)
        let heat = HeatMap(of: found.count.density, over: found.count.size)
        return try PictureEncoder.jpeg(heat.overlay(on: found.picture), quality: 88)
    }

    private static func token(in path: String, _ invocation: Invocation) throws -> ActionToken {
        var status = stat()
        guard stat(path, &status) == 0, let content = FileManager.default.contents(atPath: path) else {
            throw invocation.refusal(of: "token-file", needed: "a file that can be read")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw invocation.refusal(of: "token-file", needed: "a file that its owner alone can read: chmod 600")
        }
        let lines = String(decoding: content, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        guard lines.count == 1, let token = ActionToken(String(lines[0])) else {
            throw invocation.refusal(of: "token-file", needed: "a file of one word of at least 16 characters")
        }
        return token
    }
}
