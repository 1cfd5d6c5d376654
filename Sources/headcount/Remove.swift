import Archive
import Arguments
import Terminal

/// `headcount rm`
enum Remove: Action {
    static let command = Command(
        "rm", "Remove a set with its images, runs and results",
        discussion: """
            At once, however large the set is. Whatever is being counted of it is dropped: its runs are
            cancelled first, and stay so where the rest has to wait because somebody reads images or
            results just then, of whichever set.
            """,
        positionals: [Positional("SET", "Name of the image set.")], options: [Context.databaseOption],
        examples: ["headcount rm museum"])

    static func run(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        let set = invocation.required(0)
        let archive = try await context.openArchive(invocation, as: "rm")
        try await archive.remove(set)
        await archive.close()
        context.console.say("\(set) is removed.")
        return .success
    }
}
