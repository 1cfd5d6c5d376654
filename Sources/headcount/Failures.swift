import Archive
import Arguments
import Terminal

/// `headcount failures`
enum Failures: Action {
    static let command = Command(
        "failures", "List the images of a set that failed for good",
        discussion: "A line each, with tabs between run, class, attempts, URL and what happened.",
        positionals: [Positional("SET", "Name of the image set.")],
        options: [
            FailureOption.option, Option(flag: "json", "Print a JSON object a line."), Context.databaseOption,
        ],
        examples: ["headcount failures museum --class not_found"])

    static func run(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        let failure = try FailureOption.value(invocation)
        let console = context.console
        let json = invocation.has("json")
        let archive = try await context.openArchive(invocation, as: "failures")
        try await archive.failedImages(ofSet: invocation.required(0), failure: failure) { image in
            let fields = ["\(image.runID)", image.failure, "\(image.attempts)", image.url, image.detail]
            try console.output(
                json
                    ? JSONText.line(image)
                    : fields.map { $0.split(whereSeparator: { $0 == "\t" || $0.isNewline }).joined(separator: " ") }
                        .joined(separator: "\t") + "\n")
        }
        await archive.close()
        return .success
    }
}
