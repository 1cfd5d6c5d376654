import Archive
import Arguments
import CSV
import Concurrency
import Terminal

/// `headcount results`
enum Results: Action {
    static let command = Command(
        "results", "Print the counts of a set",
        discussion: "The view headcount.results holds more columns, for SQL.",
        positionals: [Positional("SET", "Name of the image set.")],
        options: [
            Option("format", choices: ["table", "csv", "jsonl"], "How to print (table)."),
            Option("run", value: "N", "The run (the set's newest)."),
            Context.databaseOption,
        ],
        examples: ["headcount results museum --format csv > counts.csv"])

    static func run(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        let console = context.console
        let set = invocation.required(0)
        let run = try invocation.integer(of: "run", in: 1...Int(Int32.max))
        let archive = try await context.openArchive(invocation, as: "results")
        let runs = try await archive.progress(ofSet: set)
        if let run, !runs.contains(where: { $0.runID == run }) { throw ArchiveError.foreignRun(run, set: set) }
        if let shown = runs.last(where: { run == nil || $0.runID == run }), shown.counted == 0 {
            console.say("Run \(shown.runID) of \(set) has no counts yet: headcount status says how far it is.")
        }
        switch invocation.value(of: "format") ?? "table" {
        case "csv":
            try console.output(CSVWriter.record(columns))
            try await archive.results(ofSet: set, run: run) { try console.output(CSVWriter.record(fields(of: $0))) }
        case "jsonl":
            try await archive.results(ofSet: set, run: run) { try console.output(JSONText.line($0)) }
        default:
            // A table must know its widest cell before it prints its first.
            let rows = Locked<[ImageCount]>([])
            try await archive.results(ofSet: set, run: run) { count in rows.withLock { $0.append(count) } }
            try console.output(table(of: rows.withLock { $0 }))
        }
        await archive.close()
        return .success
    }

    private static let columns = [
        "url", "count", "run_id", "model", "plan", "tiles", "width", "height", "engine", "card", "simulated", "key",
        "picture_digest", "counted_at",
    ]

    private static func fields(of count: ImageCount) -> [String] {
        [
            count.url, Numbers.fixed(count.count, digits: 3), "\(count.runID)", count.model, count.plan,
            "\(count.tiles)", "\(count.width)", "\(count.height)", count.engine, count.card,
            count.simulated ? "true" : "false", count.key ?? "", count.pictureDigest, count.countedAt,
        ]
    }

    private static func table(of rows: [ImageCount]) -> String {
        var table = TextTable([
            ("URL", .left), ("COUNT", .right), ("SIZE", .right), ("TILES", .right), ("MODEL", .left), ("CARD", .left),
        ])
        for row in rows {
            table.append([
                row.url, Numbers.fixed(row.count, digits: 1), "\(row.width)x\(row.height)", "\(row.tiles)", row.model,
                row.simulated ? "\(row.card) (simulated)" : row.card,
            ])
        }
        return table.text
    }
}
