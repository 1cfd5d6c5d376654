import Archive
import Arguments
import Terminal

/// `headcount cancel`
enum Cancel: Action {
    static let command = Command(
        "cancel", "Drop what is left of a set's runs, for good",
        discussion: """
            Counts that are there stay. headcount recount counts the set anew; so does a new run that
            whatever is enqueued into it later begins.
            """,
        positionals: [Positional("SET", "Name of the image set.")], options: [Context.databaseOption],
        examples: ["headcount cancel museum"])

    static func run(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        let set = invocation.required(0)
        let archive = try await context.openArchive(invocation, as: "cancel")
        let runs = try await archive.cancel(set)
        await archive.close()
        context.console.say("\(Numbers.counted(runs, "run")) of \(set) cancelled.")
        return .success
    }
}
