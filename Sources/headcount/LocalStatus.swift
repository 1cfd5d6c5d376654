import Arguments
import Postgres
import Terminal

/// `headcount local status`
enum LocalStatus: Action {
    static let path = ["local", "status"]
    static let command = Command(
        "status", "Tell whether the private PostgreSQL runs",
        discussion: "Exits 0 where it runs and 1 where it does not.",
        options: [LocalOptions.folder], examples: ["headcount local status"])

    static func run(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        switch try LocalOptions.cluster(invocation).status() {
        case .absent(let folder):
            try context.console.output("absent: nothing in \(folder)\n")
            return .no
        case .stopped(let data, let version):
            try context.console.output("stopped: PostgreSQL \(version) in \(data)\n")
            return .no
        case .running(let server):
            try context.console.output(
                "running: PostgreSQL \(server.majorVersion), process \(server.processID), "
                    + "port \(server.port) of the socket in \(server.socketFolder), \(server.data)\n")
            return .success
        }
    }
}
