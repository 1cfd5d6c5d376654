public import Digest
public import Inference

extension ModelStore {
    /// The network for one engine, with files of this store, which is first filled with those that are missing or damaged:
    /// from the address behind it where there is one, else from the database. Every file's digest is checked.
    /// - Parameters:
    ///   - manifest: the text of the model's manifest.
    ///   - name: the model's, for messages.
    ///   - fromDatabase: gives the content of a file, `nil` where the database does not hold it.
    /// - Throws: `ModelsError.nowhere` where no place has a file, `.digestMismatch`, `.engineUnsupported`, `.unwritable`;
    ///   what `fromDatabase` throws.
    public func network(
        of manifest: String, named name: String, for engine: EngineKind,
        fromDatabase: (SHA256Digest) async throws -> [UInt8]?
    ) async throws -> NetworkDescription {
        let manifest = try ModelManifest(json: Array(manifest.utf8), source: "model \(name)")
        for file in manifest.files[engine] ?? [] where (try? read(file.sha256)) == nil {
            let fault = try await fillFromAddress(file.sha256)
            if fault == nil && address != nil { continue }
            guard let content = try await fromDatabase(file.sha256) else {
                throw ModelsError.nowhere(model: name, digest: file.sha256.description, fault: fault)
            }
            // What a stop of the machine cuts short is found by its digest, and had anew: no start waits for the disk.
            try store(content, as: file.sha256, isSynced: false)
        }
        return try manifest.description(for: engine, in: self)
    }

    /// - Returns: why the address did not give the file; `nil` where it did, and where there is no address.
    private func fillFromAddress(_ digest: SHA256Digest) async throws -> String? {
        guard let address else { return nil }
        do {
            try store(await address.content(of: digest), as: digest, isSynced: false)
            return nil
        } catch ModelsError.digestMismatch(_, let found, _) {
            return "what \(address.shown) has there is another file, of SHA-256 \(found)"
        } catch let error as ModelsError {
            throw error
        } catch {
            try Task.checkCancellation()
            return "\(error)"
        }
    }
}
