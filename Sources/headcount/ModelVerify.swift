import Archive
import Arguments
import Digest
import Models
import Terminal

/// `headcount model verify`
enum ModelVerify: Action {
    static let path = ["model", "verify"]
    static let command = Command(
        "verify", "Check that every file of a model is there and is the one its manifest names",
        positionals: [Positional("MODEL", "Its name, or the first six or more digits of its digest.")],
        options: [
            Context.databaseOption,
            Option(
                "store", value: "DIR", "The folder where model add --store keeps files that are not in the database."),
        ], examples: ["headcount model verify crowd"])

    static func run(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        let archive = try await context.openArchive(invocation, as: "model")
        let model = try await archive.model(named: invocation.required(0))
        let manifest = try ModelManifest(json: Array(model.manifest.utf8), source: "model \(model.name)")
        let store = invocation.value(of: "store").map { ModelStore(folder: $0) }
        let files = manifest.files.values.joined()
        for file in files {
            guard let content = try await archive.modelFile(digest: file.sha256.description) else {
                guard let store else {
                    throw ModelsError.nowhere(model: model.name, digest: file.sha256.description, fault: nil)
                }
                _ = try store.read(file.sha256)
                continue
            }
            let found = try SHA256Digest(of: content)
            guard found == file.sha256 else {
                throw ModelsError.digestMismatch(
                    path: file.path, found: found.description, needed: file.sha256.description)
            }
        }
        await archive.close()
        context.console.say(
            "\(model.name) (\(model.digest.prefix(12))): \(Numbers.counted(files.count, "file")), all as named.")
        return .success
    }
}
