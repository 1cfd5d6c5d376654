import Archive
import Arguments
import CSV
import Concurrency
import Density
import Terminal

/// `headcount enqueue`
enum Enqueue: Action {
    static let command = Command(
        "enqueue", "Add image URLs to a set, to be counted",
        discussion: """
            The list is plain text with a URL a line, or CSV whose header names a column url; the columns
            key and taken_at are kept with the image, and so is any further one. What the set holds already
            is left out, so that a list can be enqueued again. Lines that cannot be used are reported by
            number; the others are enqueued, and the exit status is 65.
            """,
        positionals: [Positional("SET", "Name of the image set; it is made if there is none.")],
        options: [
            Option("urls", value: "FILE", "The list of URLs; - for standard input."),
            Option("model", value: "NAME", "Model to count with (the default one)."),
            Option(
                "plan", value: "PLAN",
                "Tile plan: auto, native or grid:ROWSxCOLUMNS, each also with ,area behind it (the model's own)."),
            Option(
                "priority", value: "N",
                "Priority of a new run, -1000 to 1000; the highest is counted first (0). See headcount priority for one "
                    + "that is there."),
            RunOptions.cards,
            Option(flag: "density", "Keep each density map, for headcount.count_in_box() and heat maps."),
            Context.databaseOption,
        ],
        examples: [
            "headcount enqueue museum --urls urls.txt",
            "curl -s https://example.org/list.csv | headcount enqueue museum --urls - --plan grid:2x2",
        ])

    /// Bad lines that are told one by one; the rest are only counted.
    private static let badLinesTold = 20

    static func run(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        guard let source = invocation.value(of: "urls") else {
            throw UsageError.missingArgument("--urls FILE", path: path)
        }
        let request = try RunOptions.request(invocation)
        let console = context.console
        let file = try InputFile(source)
        let archive = try await context.openArchive(invocation, as: "enqueue")
        let told = Locked(0)
        let started = ContinuousClock.now
        let summary = try await archive.enqueue(
            request, from: file.name, nextPiece: { try file.read() },
            onBadLine: { bad in
                let count = told.withLock { count in
                    count += 1
                    return count
                }
                if count <= badLinesTold {
                    console.warn("\(file.name), \(CSVError.words(for: bad.lines)): \(bad.reason)")
                }
            },
            onProgress: { summary in
                let seconds = started.duration(to: .now) / .seconds(1)
                let bar = file.share.map { ProgressBar.text(share: $0, after: seconds) + ", " } ?? ""
                console.showProgress(
                    bar + "\(Numbers.grouped(summary.lines)) lines, \(Numbers.grouped(summary.added)) new")
            })
        await archive.close()
        console.clearProgress()
        if summary.badLines > badLinesTold {
            console.warn("\(file.name): and \(Numbers.counted(summary.badLines - badLinesTold, "more line"))")
        }
        if let run = summary.run {
            console.say(
                "\(Numbers.counted(summary.added, "new image")) in \(request.set), run \(run) "
                    + "(\(Numbers.grouped(summary.lines - summary.added)) were there already).")
        }
        guard summary.badLines == 0 else {
            console.fail("\(Numbers.counted(summary.badLines, "line")) of \(file.name) left out")
            return .badData
        }
        return .success
    }
}
