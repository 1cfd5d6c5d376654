import Archive
import Arguments
import Terminal

/// `headcount retry`
enum Retry: Action {
    static let command = Command(
        "retry", "Try images again that failed for good",
        positionals: [Positional("SET", "Name of the image set.")],
        options: [FailureOption.option, Context.databaseOption],
        examples: ["headcount retry museum --class timeout"])

    static func run(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        let set = invocation.required(0)
        let failure = try FailureOption.value(invocation)
        let archive = try await context.openArchive(invocation, as: "retry")
        let images = try await archive.retry(set, failure: failure)
        await archive.close()
        context.console.say("\(Numbers.counted(images, "image")) of \(set) to be tried again.")
        return .success
    }
}
