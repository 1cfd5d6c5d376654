import Archive
import Arguments
import Terminal

/// `headcount model show`
enum ModelShow: Action {
    static let path = ["model", "show"]
    static let command = Command(
        "show", "Print a model's manifest: input, output, files with digests, and where it came from",
        positionals: [Positional("MODEL", "Its name, or the first six or more digits of its digest.")],
        options: [Context.databaseOption], examples: ["headcount model show crowd"])

    static func run(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        let archive = try await context.openArchive(invocation, as: "model")
        let model = try await archive.model(named: invocation.required(0))
        await archive.close()
        context.console.say("\(model.name) \(model.digest)\(model.isDefault ? ", the default" : "")")
        try context.console.output(model.manifest + "\n")
        return .success
    }
}
