import Arguments
import Postgres
import Terminal

/// `headcount local stop`
enum LocalStop: Action {
    static let path = ["local", "stop"]
    static let command = Command(
        "stop", "Stop the private PostgreSQL; what was committed stays",
        options: [LocalOptions.folder], examples: ["headcount local stop"])

    static func run(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        let cluster = LocalOptions.cluster(invocation)
        switch try cluster.status() {
        case .absent(let folder):
            context.console.say("There is no PostgreSQL in \(folder).")
        case .stopped:
            context.console.say("PostgreSQL was not running.")
        case .running:
            try await cluster.stop()
            context.console.say("PostgreSQL is stopped.")
        }
        return .success
    }
}
