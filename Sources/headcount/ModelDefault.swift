import Archive
import Arguments
import Terminal

/// `headcount model default`
enum ModelDefault: Action {
    static let path = ["model", "default"]
    static let command = Command(
        "default", "Use a model where none is named",
        positionals: [Positional("MODEL", "Its name, or the first six or more digits of its digest.")],
        options: [Context.databaseOption], examples: ["headcount model default crowd"])

    static func run(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        let archive = try await context.openArchive(invocation, as: "model")
        let model = try await archive.model(named: invocation.required(0))
        try await archive.makeDefault(model)
        await archive.close()
        context.console.say("\(model.name) (\(model.digest.prefix(12))) is the default.")
        return .success
    }
}
