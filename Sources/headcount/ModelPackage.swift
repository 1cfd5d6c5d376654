import Archive
import Digest
import FoundationEssentials
import Models

/// A manifest and the files it names, read from a folder.
struct ModelPackage {
    let manifest: ModelManifest
    private let files: [String: [UInt8]]

    /// Reads the manifest and every file beside it; the files' digests are checked.
    init(manifestAt path: String) throws {
        manifest = try ModelManifest.load(path: path)
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        var files: [String: [UInt8]] = [:]
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
            files[file.sha256.description] = content
        }
        self.files = files
    }

    /// Adds the model to a database.
    /// - Returns: true where it was not there before.
    func add(to archive: Archive, makeDefault: Bool) async throws -> Bool {
        try await archive.addModel(
            name: manifest.name, manifest: String(decoding: try manifest.canonicalJSON, as: UTF8.self),
            digest: try manifest.digest.description, files: files, makeDefault: makeDefault)
    }
}
