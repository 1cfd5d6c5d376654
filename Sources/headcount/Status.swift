import Archive
import Arguments
import Terminal

/// `headcount status`
enum Status: Action {
    static let command = Command(
        "status", "Show how far sets and runs are",
        positionals: [Positional("SET", "Show this set, and its failures by class.", occurrence: .optional)],
        options: [
            Option(flag: "watch", "Show it again every second until all is done or Ctrl-C."),
            Option(flag: "json", "Print one JSON object per run, with the columns of headcount.progress."),
            Context.databaseOption,
        ],
        examples: ["headcount status", "headcount status museum --watch"])

    static func run(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        let archive = try await context.openArchive(invocation, as: "status")
        let set = invocation.argument(0)
        while true {
            let runs = try await archive.progress(ofSet: set)
            if invocation.has("json") {
                for run in runs { try context.console.output(JSONText.line(run)) }
            } else {
                var page = table(of: runs)
                if set != nil { page += try await failures(of: runs, archive) }
                // On a terminal the page replaces the one before; in a file they follow each other.
                let lead = invocation.has("watch") && context.console.resultsAreOnTerminal ? "\u{1B}[H\u{1B}[2J" : ""
                try context.console.output(lead + page)
            }
            let unfinished = runs.contains { $0.state == "waiting" || $0.state == "counting" }
            guard invocation.has("watch"), unfinished else { break }
            try await Task.sleep(for: .seconds(1))
        }
        await archive.close()
        return .success
    }

    private static func table(of runs: [RunProgress]) -> String {
        guard !runs.isEmpty else { return "Nothing is enqueued yet: see headcount enqueue --help.\n" }
        var table = TextTable([
            ("SET", .left), ("RUN", .right), ("STATE", .left), ("IMAGES", .right), ("COUNTED", .right),
            ("FAILED", .right), ("PENDING", .right), ("IMAGES/S", .right), ("ETA", .right), ("MODEL", .left),
            ("PLAN", .left),
        ])
        for run in runs {
            table.append([
                run.setName, "\(run.runID)", run.state, Numbers.grouped(run.images), Numbers.grouped(run.counted),
                Numbers.grouped(run.failed), Numbers.grouped(run.pending),
                run.imagesPerSecond.map { Numbers.fixed($0, digits: 1) } ?? "",
                run.eta.map(Numbers.duration) ?? "", run.model, run.plan + (run.simulated ? " (simulated)" : ""),
            ])
        }
        return table.text
    }

    private static func failures(of runs: [RunProgress], _ archive: Archive) async throws -> String {
        var text = ""
        for run in runs where run.failed > 0 {
            var table = TextTable([("FAILURES OF RUN \(run.runID)", .left), ("IMAGES", .right), ("MEANING", .left)])
            for failure in try await archive.failures(ofRun: run.runID) {
                table.append([failure.failure, Numbers.grouped(failure.images), failure.meaning])
            }
            text += "\n" + table.text
        }
        return text
    }
}
