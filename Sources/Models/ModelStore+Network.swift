public import Digest
public import Inference

extension ModelStore {
    /// What an engine loads of a model, whose files the store is filled with where it lacks them.
    /// - Parameters:
    ///   - manifest: the text of the model's manifest.
    ///   - name: the model's, for messages.
    ///   - kind: the engine.
    ///   - fetch: gives the content of a file that the store lacks, or holds damaged.
    /// - Throws: `ModelsError`, or what `fetch` throws.
    public func network(
        of manifest: String, named name: String, for kind: EngineKind,
        fetch: (SHA256Digest) async throws -> [UInt8]
    ) async throws -> NetworkDescription {
        let manifest = try ModelManifest(json: Array(manifest.utf8), source: "model \(name)")
        for file in manifest.files[kind] ?? [] where (try? read(file.sha256)) == nil {
            try store(await fetch(file.sha256), as: file.sha256)
        }
        return try manifest.description(for: kind, in: self)
    }
}
