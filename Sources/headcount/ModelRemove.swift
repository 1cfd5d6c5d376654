import Archive
import Arguments
import Terminal

/// `headcount model rm`
enum ModelRemove: Action {
    static let path = ["model", "rm"]
    static let command = Command(
        "rm", "Remove a model that no run uses, and its files",
        positionals: [Positional("MODEL", "Its name, or the first six or more digits of its digest.")],
        options: [Context.databaseOption], examples: ["headcount model rm old-crowd"])

    static func run(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        let archive = try await context.openArchive(invocation, as: "model")
        let model = try await archive.model(named: invocation.required(0))
        let runs = try await archive.remove(model)
        await archive.close()
        if runs > 0 {
            context.console.fail("\(model.name) stays: \(Numbers.counted(runs, "run")) counted or will count with it")
            return .no
        }
        context.console.say("Removed \(model.name) (\(model.digest.prefix(12))).")
        return .success
    }
}
