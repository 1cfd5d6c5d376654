import Archive
import Arguments
import Counting
import Density
import Digest
import Evaluation
import Imaging
import Inference
import Models
import Terminal

/// `headcount evaluate`
enum Evaluate: Action {
    static let command = Command(
        "evaluate", "Compare counts with true counts: a run's in SQL, or those of a folder counted now",
        discussion: """
            TRUTH is CSV with the columns image and count. In a set it names pictures by URL, key or file
            name; without it the table headcount.truth is used. In a folder it names files, and no
            database is needed. NAE is over the pictures with people; the ranges are 95 % confidence
            intervals of 1000 bootstrap samples, of a crowd level from five pictures on; SCORE is
            (250 - MAE) * 0.2 + (500 - RMSE) * 0.1 + (0.4 - NAE) * 200 + (2 - SECONDS) * 100. SECONDS is the
            time of computing the densities: of a run with the wait until a launch is full, which its workers
            spend on other pictures; in a folder the next picture is decoded meanwhile.
            """,
        positionals: [Positional("SET", "Name of the image set, to compare a run's counts.", occurrence: .optional)],
        options: [
            Option("truth", value: "FILE", "True counts: CSV with the columns image and count."),
            Option("run", value: "N", "The run (the set's newest)."),
            Option(flag: "keep-truth", "Keep the true counts in headcount.truth, for the next time and for SQL."),
            Option("images", value: "DIR", "Count the pictures of this folder, or of DIR/images, now."),
            ModelOptions.model, ModelOptions.plan,
            Option("save", value: "FILE", "Keep the evaluation, picture by picture, for headcount compare."),
            Option(flag: "json", "Print one JSON object."),
            Context.databaseOption,
        ] + EngineOptions.all,
        examples: [
            "headcount evaluate museum --truth truth.csv",
            "headcount evaluate --images pictures --truth truth.csv --plan grid:2x2 --save 2x2.json",
            "headcount evaluate --images pictures --truth truth.csv --model crowd-int8 --engine int8-reference",
        ])

    private static let folderOptions = ["model", "plan"] + EngineOptions.all.map(\.name)

    private typealias Evaluated = (evaluation: Evaluation, leftOut: EvaluationReport.LeftOut)

    static func run(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        try await Interruptible.run { try await evaluate(invocation, context) }
    }

    private static func evaluate(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        // Not only after hours.
        if let path = invocation.value(of: "save") { try OutputFile.check(path) }
        let (evaluation, leftOut) = try await evaluated(invocation, context)
        if evaluation.subject.simulated {
            context.console.warn(
                "SECONDS, and SCORE with them, are those of computing on this machine what a card computes: no card's")
        }
        // Whichever of the two fails, the other is there.
        let shown = Result {
            try context.console.output(
                invocation.has("json")
                    ? JSONText.line(EvaluationReport(evaluation, leftOut: leftOut))
                    : EvaluationTable.text(of: evaluation))
        }
        if let path = invocation.value(of: "save") {
            try OutputFile.write(SavedEvaluation(evaluation).json(), to: path)
        }
        try shown.get()
        return .success
    }

    private static func evaluated(_ invocation: Invocation, _ context: Context) async throws -> Evaluated {
        switch (invocation.argument(0), invocation.value(of: "images")) {
        case (let set?, nil):
            if let option = folderOptions.first(where: { invocation.value(of: $0) != nil }) {
                throw UsageError.conflict(
                    "--\(option) goes with --images: a run was counted already", path: invocation.path)
            }
            if invocation.has("keep-truth") && invocation.value(of: "truth") == nil {
                throw UsageError.conflict("--keep-truth needs --truth FILE", path: invocation.path)
            }
            return try await ofRun(in: set, invocation, context)
        case (nil, let folder?):
            if invocation.value(of: "run") != nil || invocation.has("keep-truth") {
                throw UsageError.conflict(
                    "--run and --keep-truth go with a SET, not with --images", path: invocation.path)
            }
            return try await ofFolder(folder, invocation, context)
        case (nil, nil):
            throw UsageError.conflict("a SET or --images DIR is missing", path: invocation.path)
        case (_?, _?):
            throw UsageError.conflict("a SET and --images exclude each other", path: invocation.path)
        }
    }

    private static func ofRun(in set: String, _ invocation: Invocation, _ context: Context) async throws -> Evaluated {
        let run = try invocation.integer(of: "run", in: 1...Int(Int32.max))
        let truth = try invocation.value(of: "truth").map(TruthList.init(path:))
        let archive = try await context.openArchive(invocation, as: "evaluate")
        let outcome = try await RunEvaluation(archive: archive).run(set: set, run: run, truth: truth)
        if let truth, invocation.has("keep-truth") {
            try await archive.keepTruth(ofSet: set, counts: outcome.truth, source: truth.source)
        }
        await archive.close()
        if outcome.uncounted > 0 {
            context.console.warn(
                "\(Numbers.counted(outcome.uncounted, "picture")) with a true count left out: run \(outcome.run.id) has "
                    + "no count of them")
        }
        warnOfUntimed(outcome, context.console)
        return (
            try evaluation(of: outcome.observations, Subject(outcome.run), place: set),
            EvaluationReport.LeftOut(uncounted: outcome.uncounted)
        )
    }

    /// Seconds that are guessed are told of: the score hangs on them.
    static func warnOfUntimed(_ outcome: RunEvaluation.Outcome, _ console: Console) {
        guard outcome.untimed > 0 else { return }
        console.warn(
            "the seconds of \(Numbers.counted(outcome.untimed, "picture")) of run \(outcome.run.id) are not known: the run "
                + "they were taken over from is gone")
    }

    private static func ofFolder(
        _ folder: String, _ invocation: Invocation, _ context: Context
    ) async throws -> Evaluated {
        guard let path = invocation.value(of: "truth") else {
            throw UsageError.conflict("--images needs --truth FILE", path: invocation.path)
        }
        let model = try ModelOptions.model(invocation)
        let plan = try ModelOptions.plan(invocation) ?? model.manifest.plan ?? .native
        let truth = try TruthList(path: path)
        let pictures = try FolderEvaluation(folder: folder, truth: truth)
        let kind = try EngineOptions.choice(invocation).kind
        if kind == .simulated { throw EvaluationError.inventedCounts(place: folder) }
        let description = try ModelOptions.description(of: model, for: kind)
        let engines = try EngineOptions.factory(invocation)
        let network = LoadedNetwork(
            name: model.manifest.name, engine: try await engines.load(description),
            padding: description.preprocessing.padding)
        let console = context.console
        console.say(
            "Counting \(Numbers.counted(pictures.count, "picture")) with \(model.manifest.name), \(plan), on "
                + EngineOptions.words(for: engines.identity) + ".")
        let outcome: FolderEvaluation.Outcome
        do {
            outcome = try await pictures.run(with: network, plan: plan, decoder: PictureDecoder()) { done in
                console.showProgress("\(Numbers.grouped(done)) of \(Numbers.grouped(pictures.count)) counted")
            }
        } catch {
            await network.engine.close()
            throw error
        }
        await network.engine.close()
        console.clearProgress()
        for refused in outcome.refused { console.warn("\(refused.image) left out: \(refused.reason)") }
        if outcome.untold > 0 {
            console.say("\(Numbers.counted(outcome.untold, "file")) without a true count left out.")
        }
        let subject = Subject(
            model: model.manifest.name, digest: try model.manifest.digest.description, plan: plan.description,
            engine: kind.rawValue, simulated: engines.identity.simulated)
        return (
            try evaluation(of: outcome.observations, subject, place: folder),
            EvaluationReport.LeftOut(undecodable: outcome.refused.count, untold: outcome.untold)
        )
    }

    private static func evaluation(
        of observations: [Observation], _ subject: Subject, place: String
    ) throws -> Evaluation {
        guard let evaluation = Evaluation(of: observations, subject: subject) else {
            throw EvaluationError.noPictures(place: place)
        }
        return evaluation
    }
}
