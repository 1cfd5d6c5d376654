import Arguments
import Density
import Models

/// The options that name a model and a plan where no database is asked.
enum ModelOptions {
    static let model = Option(
        "model", value: "MODEL", "A manifest, or the name of a model that comes with headcount (crowd).")
    static let plan = Option("plan", value: "PLAN", "How pictures are cut: auto, native or grid:RxC (the model's own).")

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

    static func plan(_ invocation: Invocation) throws -> TilePlan? {
        guard let text = invocation.value(of: plan.name) else { return nil }
        do throws(TilePlanError) {
            return try TilePlan(text)
        } catch {
            throw invocation.refusal(
                of: plan.name, needed: "auto, native, or grid:ROWSxCOLUMNS with 1 to \(TilePlan.gridLimit) each")
        }
    }
}
