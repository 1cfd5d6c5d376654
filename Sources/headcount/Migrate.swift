import Archive
import Arguments
import Models
import Postgres
import Terminal

/// `headcount migrate`
enum Migrate: Action {
    static let command = Command(
        "migrate", "Bring the database's schema up to date",
        discussion: """
            Each migration is applied in a transaction of its own. Two migrating at once are safe.
            Where the database holds no model yet, the one that comes with headcount is added.
            """,
        options: [
            Context.databaseOption,
            Option(flag: "check", "Change nothing; exit 0 where the schema is up to date, 78 where it is not."),
            Option(flag: "dry-run", "Change nothing; print the names of the migrations that would be applied."),
        ],
        examples: ["headcount migrate --dry-run"])

    static func run(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        guard !(invocation.has("check") && invocation.has("dry-run")) else {
            throw UsageError.conflict("--check and --dry-run exclude each other", path: path)
        }
        let connection = try await context.connect(invocation, as: "migrate")
        let migrations = try Migration.all(in: SharedFiles.migrations())
        let migrator = Migrator(connection, migrations: migrations)
        if invocation.has("check") {
            try await migrator.check()
            context.console.say("The schema is up to date: migration \(migrations.count).")
        } else if invocation.has("dry-run") {
            for migration in try await migrator.status().pending { try context.console.output(migration.file + "\n") }
        } else {
            try await bringUpToDate(connection, context)
        }
        await connection.close()
        return .success
    }

    /// Applies what is pending, and adds the model that comes with the program where there is none.
    static func bringUpToDate(_ connection: PostgresConnection, _ context: Context) async throws {
        let console = context.console
        let migrator = Migrator(connection, migrations: try Migration.all(in: SharedFiles.migrations()))
        try await migrator.migrate { console.say("Applied \($0.file).") }
        let archive = Archive(connection)
        if try await archive.models().isEmpty {
            let model = try ModelPackage(manifestAt: BundledModel.crowd.manifestPath())
            _ = try await model.add(to: archive, makeDefault: true)
            console.say("Added the model \(model.manifest.name), which comes with headcount.")
        }
        console.say("The schema is up to date.")
    }
}
