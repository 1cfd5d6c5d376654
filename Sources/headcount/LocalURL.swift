import Arguments
import Postgres
import Terminal

/// `headcount local url`
enum LocalURL: Action {
    static let path = ["local", "url"]
    static let command = Command(
        "url", "Print the URI of the private database, for psql and other programs",
        options: [LocalOptions.folder], examples: ["psql \"$(headcount local url)\""])

    static func run(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        try context.console.output(LocalOptions.cluster(invocation).url() + "\n")
        return .success
    }
}
