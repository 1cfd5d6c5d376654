import Arguments
import Postgres
import Terminal

/// `headcount local start`
enum LocalStart: Action {
    static let path = ["local", "start"]
    static let command = Command(
        "start", "Start the private PostgreSQL, and make it first where there is none",
        discussion: """
            Other commands use it where no database is named. It keeps PostgreSQL's own safety settings,
            listens on a Unix socket that only its owner can enter, and never runs as root.
            """,
        options: [LocalOptions.folder], examples: ["headcount local start"])

    static func run(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        let cluster = LocalOptions.cluster(invocation)
        context.console.showProgress("Starting PostgreSQL...")
        try await cluster.start()
        context.console.clearProgress()
        let url = try cluster.url()
        let connection = try await PostgresConnection.connect(
            PostgresConfiguration(connectionString: url, applicationName: "headcount migrate"))
        try await Migrate.bringUpToDate(connection, context)
        await connection.close()
        context.console.say("PostgreSQL serves at \(url)")
        return .success
    }
}
