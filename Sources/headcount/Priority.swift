import Archive
import Arguments
import Terminal

/// `headcount priority`
enum Priority: Action {
    static let command = Command(
        "priority", "Have a set counted before others, or after them",
        discussion: "Runs of the highest priority are claimed first; equal ones share the workers.",
        positionals: [
            Positional("SET", "Name of the image set."), Positional("N", "Priority, -1000 to 1000."),
        ],
        options: [Context.databaseOption], examples: ["headcount priority museum 10"])

    static func run(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        let set = invocation.required(0)
        guard let priority = Int(invocation.required(1)), (-1000...1000).contains(priority) else {
            throw UsageError.argument(
                text: invocation.required(1), needed: "a whole number from -1000 to 1000", path: path)
        }
        let archive = try await context.openArchive(invocation, as: "priority")
        let runs = try await archive.setPriority(priority, of: set)
        await archive.close()
        context.console.say("\(Numbers.counted(runs, "run")) of \(set) of priority \(priority).")
        return .success
    }
}
