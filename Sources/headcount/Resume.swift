import Archive
import Arguments
import Terminal

/// `headcount resume`
enum Resume: Action {
    static let command = Command(
        "resume", "Let a paused set go on",
        positionals: [Positional("SET", "Name of the image set.")], options: [Context.databaseOption],
        examples: ["headcount resume museum"])

    static func run(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        let set = invocation.required(0)
        let archive = try await context.openArchive(invocation, as: "resume")
        let runs = try await archive.resume(set)
        await archive.close()
        context.console.say("\(Numbers.counted(runs, "run")) of \(set) resumed.")
        return .success
    }
}
