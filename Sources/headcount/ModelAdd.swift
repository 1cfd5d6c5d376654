import Archive
import Arguments
import Digest
import Inference
import Models
import Terminal

/// `headcount model add`
enum ModelAdd: Action {
    static let path = ["model", "add"]
    static let command = Command(
        "add", "Add a model and its files to the database",
        discussion: """
            Workers fetch the files from the database, or from where work --store says. Adding the same model
            again changes nothing; a changed model of the same name is a new one, and the newest is meant by
            the name. A model whose files for BM1684 take more memory than a card has is refused: weights,
            commands, inputs and outputs of all its files, for a worker loads them together, and the work
            memory of one, which they share. A model whose file for the CPU is no network of the geometry it
            states is refused too, where OpenVINO is there to read it.
            """,
        positionals: [Positional("MANIFEST", "The model's manifest, a JSON file beside the model's files.")],
        options: [
            Context.databaseOption,
            Option(flag: "default", "Use it where no model is named."),
            Option(
                "store", value: "DIR",
                "Keep the files in this folder, each named by its SHA-256, instead of in the database: for headcount serve "
                    + "or any web server."),
            Option(
                "card-memory", value: "SIZE",
                "Memory of a card, such as 4G (that of the smallest BM1684 known, else 7 GB)."),
            EngineOptions.openvino,
        ],
        examples: [
            "headcount model add Deploy/models/crowd/crowd.json --default",
            "headcount model add large/large.json --store /srv/models",
        ])

    static func run(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        let package = try ModelPackage(manifestAt: invocation.required(0))
        let needed = try package.cardMemory()
        try checkForProcessor(package, invocation, context)
        let stated = try ByteSize.value(of: "card-memory", atLeast: 1 << 20, invocation)
        let archive = try await context.openArchive(invocation, as: "model")
        if needed > 0 { try await requireRoom(for: package.manifest, needed, stated: stated, archive) }
        let store = invocation.value(of: "store").map { ModelStore(folder: $0) }
        let isNew = try await package.add(to: archive, filesIn: store, makeDefault: invocation.has("default"))
        let digest = try package.manifest.digest.description.prefix(12)
        let what = "\(package.manifest.name) (\(digest))"
        let news = isNew ? "Added model \(what)" : "Model \(what) was there already"
        context.console.say(news + (invocation.has("default") ? "; it is the default now." : "."))
        if let store { context.console.say("Its files are in \(store.folder).") }
        await archive.close()
        return .success
    }

    /// What is no network, or another than the manifest states, would else be found by every worker, after images were
    /// enqueued.
    /// - Throws: `InferenceError`.
    private static func checkForProcessor(
        _ package: ModelPackage, _ invocation: Invocation, _ context: Context
    ) throws {
        guard let description = try package.description(for: .openvino) else { return }
        let named = invocation.value(of: EngineOptions.openvino.name)
        let library: OpenVINOLibrary
        do {
            library = try OpenVINOLibrary(named: named)
        } catch {
            guard named == nil else { throw error }
            context.console.say("Its file for the CPU was not looked into: \(error).")
            return
        }
        try OpenVINOEngine.check(description, library: library)
    }

    /// - Throws: `ModelsError.tooLarge`.
    private static func requireRoom(
        for model: ModelManifest, _ needed: Int, stated: Int?, _ archive: Archive
    ) async throws {
        let known = try await archive.smallestCardMemory()
        let (card, memory) =
            stated.map { ("a card", $0) } ?? known.map { ($0.card, $0.bytes) }
            ?? ("a BM1684", BM1684ModelFile.chipMemory)
        guard needed <= memory else {
            throw ModelsError.tooLarge(model: model.name, needed: needed, memory: memory, card: card)
        }
    }
}
