import Arguments

/// Every command there is, and what runs it.
enum CommandTree {
    static let root = Command(
        "headcount", "Counts the people in archival image sets",
        discussion: """
            Image URLs are enqueued in PostgreSQL, workers fetch and count them, results are read in SQL.
            Without --database, DATABASE_URL or the PG variables of libpq, the private database of
            `headcount local start` is used. `headcount help` lists topics.
            """,
        options: [Option(flag: "version", "Print the version.")],
        subcommands: groups + actions.filter { $0.path.count == 1 }.map { $0.command })

    /// Runs the command that was understood.
    static func run(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        guard let action = actions.first(where: { $0.path == invocation.path }) else {
            throw UsageError.missingCommand(path: invocation.path)
        }
        return try await action.run(invocation, context)
    }

    private static let actions: [any Action.Type] = [
        Migrate.self, Serve.self, Sample.self, Enqueue.self, Recount.self, Work.self, Coordinate.self, Status.self,
        Results.self, Report.self, Export.self, DrawMap.self, ShowDashboard.self, Failures.self, Retry.self, Pause.self,
        Resume.self, Cancel.self, Priority.self, Remove.self, SQL.self, Cards.self, Scale.self, CardQuarantine.self,
        CardRelease.self, CardLabel.self, Doctor.self, LocalStart.self, LocalStop.self, LocalStatus.self, LocalURL.self,
        ModelAdd.self, ModelList.self, ModelShow.self, ModelVerify.self, ModelDefault.self, ModelRemove.self,
        ModelBuild.self, Evaluate.self, Compare.self, BenchPack.self, BenchPipeline.self, BenchDecode.self,
        BenchFetch.self, BenchQueue.self, BenchFleet.self, Help.self, Completions.self, Manual.self,
    ]

    private static let groups = [
        group("card", "One card of the fleet"),
        group("local", "A private PostgreSQL in a folder, for one machine"),
        group("model", "The crowd-density networks that runs can use"),
        group("bench", "Measure parts of headcount"),
    ]

    private static func group(_ name: String, _ abstract: String) -> Command {
        Command(
            name, abstract,
            subcommands: actions.filter { $0.path.first == name && $0.path.count == 2 }.map { $0.command })
    }
}
