import Archive
import Arguments
import Terminal

/// `headcount export`
enum Export: Action {
    static let command = Command(
        "export", "Write all counts of a set, with where each came from, to a file",
        discussion: """
            The columns of the view headcount.results, a line for each counted image in the order of the
            list, however many there are; times are in UTC. Parquet is written by DuckDB, a program that
            Deploy/duckdb fetches (21 MB from PyPI, once), and needs --output. A file appears under its
            name when it is whole.
            """,
        positionals: [Positional("SET", "Name of the image set.")],
        options: [
            Option(
                "format", choices: ["csv", "jsonl", "parquet"], "The format (that of --output's ending, else csv)."),
            Option("output", letter: "o", value: "FILE", "Where to (standard output)."),
            Option("run", value: "N", "The run (the set's newest)."),
            Context.databaseOption,
        ],
        examples: [
            "headcount export museum -o museum.parquet",
            "headcount export museum --format jsonl | gzip > museum.jsonl.gz",
        ])

    static func run(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        let run = try invocation.integer(of: "run", in: 1...Int(Int32.max))
        let output = invocation.value(of: "output")
        let ending = output.map { String($0.split(separator: ".").last ?? "").lowercased() } ?? ""
        let format =
            invocation.value(of: "format") ?? (["csv", "jsonl", "parquet"].contains(ending) ? ending : "csv")
        if format == "parquet" && output == nil {
            throw UsageError.conflict("parquet needs -o FILE", path: path)
        }
        let console = context.console
        let set = invocation.required(0)
        let archive = try await context.openArchive(invocation, as: "export")
        let rows: Int
        if let output, format == "parquet" {
            let writer = try ParquetWriter(output)
            rows = try await archive.export(ofSet: set, run: run, as: .csv) { try writer.write($0) }
            try writer.finish()
        } else {
            let text: ExportFormat = format == "jsonl" ? .jsonLines : .csv
            if let output {
                let file = try StreamedFile(output)
                rows = try await archive.export(ofSet: set, run: run, as: text) { try file.write($0) }
                try file.finish()
            } else {
                rows = try await archive.export(ofSet: set, run: run, as: text) { try console.output($0) }
            }
        }
        await archive.close()
        if let output { console.say("\(Numbers.counted(rows, "count")) in \(output).") }
        return .success
    }
}
