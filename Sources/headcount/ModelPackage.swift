import Archive
import Digest
import FoundationEssentials
import Inference
import Models

/// A manifest and the files it names, read from a folder.
struct ModelPackage {
    let manifest: ModelManifest
    /// Where the manifest lies.
    private let folder: String
    private let files: [SHA256Digest: [UInt8]]

    /// Reads the manifest and every file beside it; the files' digests are checked.
    init(manifestAt path: String) throws {
        manifest = try ModelManifest.load(path: path)
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        var files: [SHA256Digest: [UInt8]] = [:]
        for file in manifest.files.values.joined() {
            let place = folder + "/" + file.path
            guard let content = FileManager.default.contents(atPath: place).map({ [UInt8]($0) }) else {
                throw ModelsError.unreadable(path: place, reason: "no such file, or not yours to read")
            }
            let found = try SHA256Digest(of: content)
            guard found == file.sha256 else {
                throw ModelsError.digestMismatch(
                    path: place, found: found.description, needed: file.sha256.description)
            }
            files[file.sha256] = content
        }
        self.files = files
        self.folder = folder
    }

    /// What the model takes of a card's memory: a worker loads the files of every batch size, which share one work memory,
    /// the largest. 0 without files for a card.
    /// - Throws: `InferenceError.modelRefused` where one is no compiled model for BM1684.
    func cardMemory() throws -> Int {
        let memories = try (manifest.files[.bm1684] ?? []).map { file in
            let compiled = try BM1684ModelFile(path: folder + "/" + file.path, model: manifest.name)
            guard compiled.chip == "BM1684" else {
                throw InferenceError.modelRefused(
                    model: "\(manifest.name) (\(file.path))", found: "code for the chip \(compiled.chip)",
                    needed: "code for BM1684")
            }
            return compiled.memory
        }
        let pieces = memories.map(\.withoutWork.total) + [memories.map(\.work).max() ?? 0]
        return pieces.reduce(0) { sum, bytes in
            let (total, overflow) = sum.addingReportingOverflow(bytes)
            return overflow ? .max : total
        }
    }

    /// The network for an engine; `nil` where the model has no file for it.
    func description(for engine: EngineKind) throws -> NetworkDescription? {
        guard manifest.files[engine] != nil else { return nil }
        return try manifest.description(for: engine, filesIn: folder)
    }

    /// Adds the model to a database.
    /// - Parameter store: where the files are kept instead, if not in the database.
    /// - Returns: true where it was not there before.
    func add(to archive: Archive, filesIn store: ModelStore? = nil, makeDefault: Bool) async throws -> Bool {
        if let store {
            for (digest, content) in files { try store.store(content, as: digest) }
        }
        let kept = store == nil ? files : [:]
        return try await archive.addModel(
            name: manifest.name, manifest: String(decoding: try manifest.canonicalJSON, as: UTF8.self),
            digest: try manifest.digest.description,
            files: Dictionary(uniqueKeysWithValues: kept.map { ($0.key.description, $0.value) }),
            makeDefault: makeDefault)
    }
}
