public import Density
import Digest
import FoundationEssentials
import Inference

/// A model being put together in a folder: its files, then the manifest that names them.
public struct ModelFolder: Sendable {
    /// Where it is put together.
    public let folder: String
    private var files: [EngineKind: [ModelManifest.File]] = [:]

    /// A folder, made where it is missing.
    /// - Throws: `ModelsError.unwritable`.
    public init(_ folder: String) throws(ModelsError) {
        self.folder = folder
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw .unwritable(path: folder, reason: "the folder cannot be made")
        }
    }

    /// Copies a file in.
    /// - Parameter factor: what its output is multiplied by beside the model's density scale.
    /// - Throws: `ModelsError.unreadable` or `.unwritable`.
    private mutating func add(
        _ path: String, as name: String, for engine: EngineKind, batch: Int, factor: Double? = nil
    ) throws(ModelsError) {
        let content = try FileContent.read(path)
        try FileContent.write(content, to: folder + "/" + name)
        let digest: SHA256Digest
        do {
            digest = try SHA256Digest(of: content)
        } catch {
            throw .unreadable(path: path, reason: error.description)
        }
        files[engine, default: []].append(ModelManifest.File(path: name, batch: batch, sha256: digest, factor: factor))
    }

    /// Writes the files of a model and its manifest, which is that of `base` with those files.
    /// - Returns: the manifest's path.
    public mutating func write(
        _ model: BuiltModel, like base: ModelManifest, plan: TilePlan?
    ) throws(ModelsError) -> String {
        files = [:]
        for file in model.files {
            try add(file.path, as: file.name, for: file.engine, batch: file.batch, factor: file.factor)
        }
        return try finish(like: base, name: model.name, plan: plan, origin: model.origin)
    }

    /// Writes the manifest: that of `base` with the files that were added.
    /// - Returns: its path.
    private func finish(
        like base: ModelManifest, name: String, plan: TilePlan?, origin: ModelOrigin?
    ) throws(ModelsError) -> String {
        let manifest = try ModelManifest(
            name: name, summary: base.summary, licence: base.licence, input: base.input, output: base.output,
            plan: plan ?? base.plan, files: files, origin: origin)
        let path = folder + "/" + name + ".json"
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        guard let json = try? encoder.encode(manifest) else {
            throw .unwritable(path: path, reason: "it has no JSON form")
        }
        try FileContent.write(Array(json) + [UInt8(ascii: "\n")], to: path)
        return path
    }
}
