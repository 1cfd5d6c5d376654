import Archive
import Arguments
import Terminal

/// `headcount recount`
enum Recount: Action {
    static let command = Command(
        "recount", "Count a whole set once more, in a new run",
        positionals: [Positional("SET", "Name of the image set.")],
        options: [
            Option("model", value: "NAME", "Model to count with (the default one)."),
            Option(
                "plan", value: "PLAN",
                "Tile plan: auto, native or grid:ROWSxCOLUMNS, each also with ,area behind it (the model's own)."),
            Option("priority", value: "N", "Priority of the run, -1000 to 1000 (0)."),
            RunOptions.cards,
            Option(flag: "density", "Keep each density map, for headcount.count_in_box() and heat maps."),
            Context.databaseOption,
        ],
        examples: ["headcount recount museum --plan grid:1x1"])

    static func run(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        let request = try RunOptions.request(invocation)
        let archive = try await context.openArchive(invocation, as: "recount")
        let run = try await archive.recount(request)
        await archive.close()
        context.console.say("Run \(run) of \(request.set) is enqueued.")
        return .success
    }
}
