import Archive
import Arguments
import Digest
import Models
import Terminal

/// `headcount model add`
enum ModelAdd: Action {
    static let path = ["model", "add"]
    static let command = Command(
        "add", "Add a model and its files to the database",
        discussion: """
            Workers fetch the files from the database. Adding the same model again changes nothing; a
            changed model of the same name is a new one, and the newest is meant by the name.
            """,
        positionals: [Positional("MANIFEST", "The model's manifest, a JSON file beside the model's files.")],
        options: [
            Context.databaseOption,
            Option(flag: "default", "Use it where no model is named."),
        ],
        examples: ["headcount model add Deploy/models/crowd/crowd.json --default"])

    static func run(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        let package = try ModelPackage(manifestAt: invocation.required(0))
        let archive = try await context.openArchive(invocation, as: "model")
        let isNew = try await package.add(to: archive, makeDefault: invocation.has("default"))
        let digest = try package.manifest.digest.description.prefix(12)
        let what = "\(package.manifest.name) (\(digest))"
        let news = isNew ? "Added model \(what)" : "Model \(what) was there already"
        context.console.say(news + (invocation.has("default") ? "; it is the default now." : "."))
        await archive.close()
        return .success
    }
}
