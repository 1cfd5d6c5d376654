import Arguments
import Glibc
import Postgres
import Terminal

/// `headcount sql`
enum SQL: Action {
    static let command = Command(
        "sql", "Open psql on the database that commands use",
        discussion: "With a statement it is run and psql ends. \\dv+ headcount.* lists the views and what they tell.",
        positionals: [Positional("STATEMENT", "What to run.", occurrence: .optional)],
        options: [Context.databaseOption],
        examples: ["headcount sql", "headcount sql 'SELECT * FROM headcount.progress'"])

    static func run(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        // Tells in its own words where the database is away, and which it is.
        let connection = try await context.connect(invocation, as: "sql")
        let database = connection.configuration.openly
        await connection.close()
        if let password = database.password { setenv("PGPASSWORD", password, 1) }
        var words = ["psql", "--dbname", database.connectionString]
        if let statement = invocation.argument(0) { words += ["--command", statement] }
        // psql takes the place of this process, with its terminal and its output, and ends where nobody reads that.
        context.console.yieldOutput()
        signal(SIGPIPE, SIG_DFL)
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        execvp("psql", &arguments)
        let reason = String(cString: strerror(errno))
        arguments.forEach { free($0) }
        context.console.fail("cannot run psql: \(reason); install it with apt-get install postgresql-client")
        return .unavailable
    }
}
