import Archive
import Arguments
import Density
import Inference
import Models
import Terminal

/// `headcount model list`
enum ModelList: Action {
    static let path = ["model", "list"]
    static let command = Command(
        "list", "List the models in the database",
        options: [
            Context.databaseOption,
            Option(flag: "json", "Print one JSON object per model."),
        ],
        examples: ["headcount model list"])

    private struct Row: Encodable {
        let name: String
        let digest: String
        let `default`: Bool
        let width: Int
        let height: Int
        let plan: String?
        let engines: [String]
    }

    static func run(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        let archive = try await context.openArchive(invocation, as: "model")
        let rows = try await archive.models().map { record in
            let manifest = try ModelManifest(json: Array(record.manifest.utf8), source: "model \(record.name)")
            return Row(
                name: record.name, digest: record.digest, default: record.isDefault, width: manifest.input.width,
                height: manifest.input.height, plan: manifest.plan?.description,
                engines: manifest.files.keys.map(\.rawValue).sorted())
        }
        await archive.close()
        if invocation.has("json") {
            for row in rows { try context.console.output(JSONText.line(row)) }
            return .success
        }
        var table = TextTable([
            ("MODEL", .left), ("DIGEST", .left), ("DEFAULT", .left), ("TILE", .right), ("PLAN", .left),
            ("ENGINES", .left),
        ])
        for row in rows {
            table.append([
                row.name, String(row.digest.prefix(12)), row.default ? "yes" : "", "\(row.width)x\(row.height)",
                row.plan ?? "", row.engines.joined(separator: ", "),
            ])
        }
        try context.console.output(table.text)
        return .success
    }
}
