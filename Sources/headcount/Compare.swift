import Archive
import Arguments
import Evaluation
import Terminal

/// `headcount compare`
enum Compare: Action {
    static let command = Command(
        "compare", "Rank models and plans by score, and compare the best two picture by picture",
        discussion: """
            Each argument is a file that `headcount evaluate --save` wrote, or run:N for a run in SQL whose
            true counts are in headcount.truth or in --truth. A result is on the front where no other is
            at once faster and as accurate, or as fast and more accurate.
            """,
        positionals: [
            Positional("FIRST", "A saved evaluation, or run:N."), Positional("SECOND", "Another."),
            Positional("MORE", "Any number of others.", occurrence: .repeated),
        ],
        options: [
            Option("truth", value: "FILE", "True counts for run:N: CSV with the columns image and count."),
            Option("plot", value: "FILE", "Draw accuracy against time, as SVG."),
            Option("pictures", value: "N", "Pictures listed where the best two differ most, 0 to 10000 (10)."),
            Option(flag: "json", "Print one JSON object per result, the best first."),
            Context.databaseOption,
        ],
        examples: [
            "headcount compare 1x1.json 2x2.json --plot front.svg",
            "headcount compare run:1 run:2 --truth truth.csv",
        ])

    static func run(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        let rows = try invocation.integer(of: "pictures", in: 0...10_000) ?? 10
        let named = try await evaluations(named: invocation.allArguments, invocation, context).sorted {
            ($0.evaluation.figures.score ?? -.infinity) > ($1.evaluation.figures.score ?? -.infinity)
        }
        let evaluations = named.map(\.evaluation)
        let onFront = ParetoFront.membership(
            of: evaluations.map { ($0.figures.secondsPerImage, $0.figures.mae) })
        if let path = invocation.value(of: "plot") {
            let plot = ParetoPlot(
                evaluations.map {
                    ParetoPlot.Point(
                        title: $0.subject.title, seconds: $0.figures.secondsPerImage, mae: $0.figures.mae)
                })
            try plot.write(to: path)
        }
        if invocation.has("json") {
            warnOfDifferentPictures(named, context)
            for evaluation in evaluations { try context.console.output(JSONText.line(EvaluationReport(evaluation))) }
            return .success
        }
        guard let comparison = PairedComparison(evaluations[0], evaluations[1]) else {
            throw EvaluationError.nothingShared(
                first: evaluations[0].subject.title, second: evaluations[1].subject.title)
        }
        warnOfDifferentPictures(named, context)
        try context.console.output(
            EvaluationTable.ranking(of: evaluations, onFront: onFront) + "\n"
                + EvaluationTable.text(of: comparison, evaluations[0], evaluations[1], rows: rows))
        return .success
    }

    /// Figures of different pictures rank the pictures as much as the networks.
    private static func warnOfDifferentPictures(_ named: [(name: String, evaluation: Evaluation)], _ context: Context) {
        let pictures = named.map { Set($0.evaluation.observations.map(\.image)) }
        guard pictures.contains(where: { $0 != pictures[0] }) else { return }
        let words = zip(named, pictures).map { "\($0.name) (\(Numbers.counted($1.count, "picture")))" }
        context.console.warn(
            "not of the same pictures, so that the ranking is not of the networks alone: "
                + words.joined(separator: ", "))
    }

    private static func evaluations(
        named names: [String], _ invocation: Invocation, _ context: Context
    ) async throws -> [(name: String, evaluation: Evaluation)] {
        let runs = try names.map { try runNumber($0, invocation) }
        if invocation.value(of: "truth") != nil && runs.allSatisfy({ $0 == nil }) {
            throw UsageError.conflict("--truth goes with run:N: files hold their true counts", path: invocation.path)
        }
        let truth = try invocation.value(of: "truth").map(TruthList.init(path:))
        var archive: Archive?
        var evaluations: [(name: String, evaluation: Evaluation)] = []
        for (name, run) in zip(names, runs) {
            var evaluation: Evaluation?
            if let run {
                let opened =
                    if let archive { archive } else { try await context.openArchive(invocation, as: "compare") }
                archive = opened
                let outcome = try await RunEvaluation(archive: opened).run(set: nil, run: run, truth: truth)
                evaluation = Evaluation(of: outcome.observations, subject: Subject(outcome.run))
            } else {
                evaluation = try SavedEvaluation(path: name).evaluation()
            }
            guard let evaluation else { throw EvaluationError.noPictures(place: name) }
            evaluations.append((name, evaluation))
        }
        await archive?.close()
        return evaluations
    }

    /// - Returns: `nil` for the name of a file.
    private static func runNumber(_ name: String, _ invocation: Invocation) throws(UsageError) -> Int? {
        guard name.hasPrefix("run:") else { return nil }
        guard let number = Int(name.dropFirst(4)), (1...Int(Int32.max)).contains(number) else {
            throw .argument(
                text: name, needed: "run:N with a number from 1 to \(Int32.max); a file of that name is ./\(name)",
                path: invocation.path)
        }
        return number
    }
}
