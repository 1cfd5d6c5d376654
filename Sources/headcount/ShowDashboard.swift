import Archive
import Arguments
import Concurrency
import Dashboard
import HTTPServer
import Postgres
import Telemetry
import Terminal

/// `headcount dashboard`
enum ShowDashboard: Action {
    static let command = Command(
        "dashboard", "Serve a page that shows sets, runs, workers and failures as they go",
        discussion: """
            The page needs nothing from elsewhere. It is served to this machine alone and changes nothing,
            unless --address and --token-file say otherwise; whoever can reach it can read it. With
            --pictures it shows heat maps: of density maps that runs keep (enqueue --density), else by running
            the network again. /metrics is for Prometheus, /healthz and /readyz for whoever supervises it,
            /api for programs (headcount help api). headcount coordinate --port serves the same page.
            """,
        options: [
            Option("port", value: "N", "Port to listen on; 0 for any free one (8100)."),
            Option("address", value: "ADDRESS", "Address to listen on (127.0.0.1, this machine alone)."),
            Context.databaseOption,
        ] + PageOptions.all + PictureOptions.all,
        examples: ["headcount dashboard", "headcount dashboard --port 8100 --token-file token --pictures"])

    static func run(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        let port = UInt16(try invocation.integer(of: "port", in: 0...65535) ?? 8100)
        let address = invocation.value(of: "address") ?? "127.0.0.1"
        // All that was written is understood before anything is opened.
        _ = try (PageOptions.token(invocation), PageOptions.site(invocation))
        try PictureOptions.check(invocation)
        let connection = try await context.connect(
            invocation, as: "dashboard", sessionReason: "the page sets limits, which need a session of its own")
        try await Migrator(connection, migrations: Migration.all(in: SharedFiles.migrations())).check()
        await connection.close()
        let signals = StopSignals()
        let metrics = Metrics()
        metrics.declareProcess()
        let (page, close) = try await PageOptions.page(
            invocation, of: connection.configuration, at: address, engines: EngineOptions.factory, metrics: metrics,
            context.console)
        let server = try HTTPServer.serving(address: address, port: port, bodyLimit: Dashboard.bodyLimit) {
            await page.answer(to: $0)
        }
        context.console.say("The page is at \(server.url)/ until Ctrl-C.")
        for await _ in signals.stream { break }
        server.stop()
        await close()
        return .success
    }
}
