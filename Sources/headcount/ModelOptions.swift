import Arguments
import Density
import Inference
import Models

/// The options that name a model and a plan where no database is asked.
enum ModelOptions {
    static let model = Option(
        "model", value: "MODEL",
        "A manifest, or the name of a model that comes with headcount: crowd-int8, or crowd (crowd).")
    static let plan = Option(
        "plan", value: "PLAN",
        "How pictures are cut: auto, native or grid:RxC, each also with ,area behind it (the model's own).")

    static let address = Option(
        "store", value: "URL",
        "Ask this address for models' files first, each named by its SHA-256: what model add --store keeps, served.")

    /// The store of this user, with the address behind it that the options name.
    static func store(_ invocation: Invocation) throws -> ModelStore {
        guard let url = invocation.value(of: address.name) else { return .standard }
        guard url.hasPrefix("http://") || url.hasPrefix("https://") else {
            throw invocation.refusal(of: address.name, needed: "an address that begins with http:// or https://")
        }
        return .standard(
            address: try ModelAddress(url, certificateAuthorities: invocation.value(of: WorkOptions.authorities.name)))
    }

    /// The model that the options name, and the folder its files lie in.
    static func model(_ invocation: Invocation) throws -> (manifest: ModelManifest, folder: String) {
        let name = invocation.value(of: model.name) ?? BundledModel.crowd.rawValue
        let path = try BundledModel(rawValue: name)?.manifestPath() ?? name
        if !path.contains("/") && !path.hasSuffix(".json") {
            throw invocation.refusal(
                of: model.name,
                needed: "a manifest's path, or one of: "
                    + BundledModel.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return (try ModelManifest.load(path: path), path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ".")
    }

    /// The network of a model for an engine.
    /// - Throws: `ModelsError.engineUnsupported`, with the name of a bundled model that has files for it, where the default
    ///   one has none; `.unreadable` or `.digestMismatch`.
    static func description(
        of model: (manifest: ModelManifest, folder: String), for engine: EngineKind
    ) throws -> NetworkDescription {
        do {
            return try model.manifest.description(for: engine, filesIn: model.folder)
        } catch ModelsError.engineUnsupported(let name, let word, let supported, _)
            where name == BundledModel.crowd.rawValue
        {
            throw ModelsError.engineUnsupported(
                model: name, engine: word, supported: supported, instead: bundled(for: engine)?.rawValue)
        }
    }

    /// A model that comes with headcount and has files for an engine.
    private static func bundled(for engine: EngineKind) -> BundledModel? {
        for bundled in BundledModel.allCases {
            let manifest = (try? bundled.manifestPath()).flatMap { try? ModelManifest.load(path: $0) }
            if manifest?.files[engine] != nil { return bundled }
        }
        return nil
    }

    static func plan(_ invocation: Invocation) throws -> TilePlan? {
        guard let text = invocation.value(of: plan.name) else { return nil }
        do throws(TilePlanError) {
            return try TilePlan(text)
        } catch {
            throw invocation.refusal(
                of: plan.name, needed: TilePlan.spelling)
        }
    }
}
