import Archive
import Arguments
import Terminal

/// `headcount pause`
enum Pause: Action {
    static let command = Command(
        "pause", "Let workers claim nothing more of a set",
        discussion: """
            What is leased already is finished. headcount resume lets the set go on.
            """,
        positionals: [Positional("SET", "Name of the image set.")], options: [Context.databaseOption],
        examples: ["headcount pause museum"])

    static func run(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        let set = invocation.required(0)
        let archive = try await context.openArchive(invocation, as: "pause")
        let runs = try await archive.pause(set)
        await archive.close()
        context.console.say("\(Numbers.counted(runs, "run")) of \(set) paused.")
        return .success
    }
}
