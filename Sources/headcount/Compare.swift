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
            at once faster and as accurate, or as fast and more accurate. Seconds of runs hold the wait until
            a launch is full and those of folders do not: rank the one kind or the other. In JSON the last
            object is the comparison of the best two, where they have pictures in common.
            """,
        positionals: [
            Positional("FIRST", "A saved evaluation, or run:N."), Positional("SECOND", "Another."),
            Positional("MORE", "Any number of others.", occurrence: .repeated),
        ],
        options: [
            Option("truth", value: "FILE", "True counts for run:N: CSV with the columns image and count."),
            Option("plot", value: "FILE", "Draw accuracy against time, as SVG."),
            Option("pictures", value: "N", "Pictures listed where the best two differ most, 0 to 10000 (10)."),
            Option(flag: "json", "Print one JSON object per result, the best first, and one of the best two."),
            Context.databaseOption,
        ],
        examples: [
            "headcount compare 1x1.json 2x2.json --plot front.svg",
            "headcount compare run:1 run:2 --truth truth.csv",
        ])

    private typealias Named = (name: String, evaluation: Evaluation)

    static func run(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        if let path = invocation.value(of: "plot") { try OutputFile.check(path) }
        let rows = try invocation.integer(of: "pictures", in: 0...10_000) ?? 10
        let named = try await evaluations(named: invocation.allArguments, invocation, context).sorted {
            ($0.evaluation.figures.score ?? -.infinity) > ($1.evaluation.figures.score ?? -.infinity)
        }
        let evaluations = named.map(\.evaluation)
        let onFront = ParetoFront.membership(
            of: evaluations.map { ($0.figures.secondsPerImage, $0.figures.mae) })
        let titles = titles(of: named)
        let comparison = PairedComparison(evaluations[0], evaluations[1])
        let text: String
        if invocation.has("json") {
            text = try json(of: named, onFront, comparison, rows: rows)
        } else {
            let pairs = comparison.map { EvaluationTable.text(of: $0, titles[0], titles[1], rows: rows) }
            text =
                EvaluationTable.ranking(of: named, onFront: onFront) + "\n"
                + (pairs
                    ?? "\(titles[0]) and \(titles[1]) have no picture in common, of one name and one true count.\n")
        }
        warnOfDifferentPictures(named, context)
        warnOfSimulatedTime(named, context)
        // Whichever of the two fails, the other is there.
        let shown = Result { try context.console.output(text) }
        if let path = invocation.value(of: "plot") {
            let points = zip(titles, evaluations).map {
                ParetoPlot.Point(title: $0, seconds: $1.figures.secondsPerImage, mae: $1.figures.mae)
            }
            try OutputFile.write(Array(ParetoPlot(points).svg.utf8), to: path)
        }
        try shown.get()
        return .success
    }

    private static func json(
        of named: [Named], _ onFront: [Bool], _ comparison: PairedComparison?, rows: Int
    ) throws -> String {
        var lines = try named.enumerated().map { place, named in
            let standing = EvaluationReport.Standing(name: named.name, rank: place + 1, isOnFront: onFront[place])
            return try JSONText.line(EvaluationReport(named.evaluation, standing: standing))
        }
        if let comparison {
            let names = (first: named[0].name, second: named[1].name)
            lines.append(try JSONText.line(ComparisonReport(comparison, names: names, rows: rows)))
        }
        return lines.joined()
    }

    /// What each is called: with the name of its file or run where others are of the same model, plan and engine.
    private static func titles(of named: [Named]) -> [String] {
        let titles = named.map(\.evaluation.subject.title)
        return zip(named, titles).map { named, title in
            titles.count { $0 == title } > 1 ? "\(title) (\(named.name))" : title
        }
    }

    /// The seconds of what only stands in for a card say nothing of the card's.
    private static func warnOfSimulatedTime(_ named: [Named], _ context: Context) {
        let names = named.filter(\.evaluation.subject.simulated).map(\.name)
        guard !names.isEmpty else { return }
        context.console.warn(
            "the seconds of \(names.joined(separator: ", ")) are those of computing on this machine what a card "
                + "computes: rank and front are not the card's")
    }

    /// Figures of different pictures rank the pictures as much as the networks.
    private static func warnOfDifferentPictures(_ named: [Named], _ context: Context) {
        let pictures = named.map { Set($0.evaluation.observations.map { PairedComparison.Key($0) }) }
        guard pictures.contains(where: { $0 != pictures[0] }) else { return }
        let words = zip(named, pictures).map { "\($0.name) (\(Numbers.counted($1.count, "picture")))" }
        context.console.warn(
            "not of the same pictures, so that the ranking is not of the networks alone: "
                + words.joined(separator: ", "))
    }

    private static func evaluations(
        named names: [String], _ invocation: Invocation, _ context: Context
    ) async throws -> [Named] {
        let runs = try names.map { try runNumber($0, invocation) }
        if invocation.value(of: "truth") != nil && runs.allSatisfy({ $0 == nil }) {
            throw UsageError.conflict("--truth goes with run:N: files hold their true counts", path: invocation.path)
        }
        let truth = try invocation.value(of: "truth").map(TruthList.init(path:))
        var archive: Archive?
        var evaluations: [Named] = []
        for (name, run) in zip(names, runs) {
            var evaluation: Evaluation?
            if let run {
                let opened =
                    if let archive { archive } else { try await context.openArchive(invocation, as: "compare") }
                archive = opened
                let outcome = try await RunEvaluation(archive: opened).run(set: nil, run: run, truth: truth)
                Evaluate.warnOfUntimed(outcome, context.console)
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
