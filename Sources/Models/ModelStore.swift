public import Digest
import FoundationEssentials
import Glibc
import Inference

/// Model files by content: a folder in which every file is named by its SHA-256.
///
/// Workers fill it with the files of the models they run, from the database or an HTTP address. Processes may share the
/// folder: none sees a file before it is whole. What is read is checked against its name, for a stop of the machine may
/// have cut it short.
public struct ModelStore: Sendable {
    /// Where the files lie.
    public let folder: String
    /// Where files that are missing are asked for first; `nil` where the database alone has them.
    public let address: ModelAddress?

    /// The store in `folder`, which is made when the first file is stored.
    public init(folder: String, address: ModelAddress? = nil) {
        self.folder = folder
        self.address = address
    }

    /// The store of this user: `headcount/models` in `XDG_CACHE_HOME`, or in `~/.cache` where that is not set.
    public static var standard: ModelStore { standard(address: nil) }

    /// The same with an address behind it.
    public static func standard(address: ModelAddress?) -> ModelStore {
        let home = ProgramFolders.variable("HOME") ?? "/tmp"
        let cache = ProgramFolders.variable("XDG_CACHE_HOME") ?? home + "/.cache"
        return ModelStore(folder: cache + "/headcount/models", address: address)
    }

    /// Where the file of that digest lies, or would.
    public func path(of digest: SHA256Digest) -> String {
        folder + "/" + digest.description
    }

    /// True where there is a file under that digest; its content is checked when it is read or used.
    public func holds(_ digest: SHA256Digest) -> Bool {
        access(path(of: digest), R_OK) == 0
    }

    /// Keeps a file and returns its path; one that is there already stays.
    /// - Parameter isSynced: so that it is there whenever the machine stops; needed where there is no other copy.
    /// - Throws: `ModelsError.digestMismatch` where `content` is not what `digest` names, or `.unwritable`.
    @discardableResult
    public func store(
        _ content: [UInt8], as digest: SHA256Digest, isSynced: Bool = true
    ) throws(ModelsError) -> String {
        let path = path(of: digest)
        try Self.check(content, is: digest, at: path)
        // A file that was damaged on the disk is written anew.
        if holds(digest), (try? read(digest)) != nil { return path }
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw .unwritable(path: folder, reason: "the folder cannot be made")
        }
        try FileContent.write(content, to: path, isSynced: isSynced)
        return path
    }

    /// The content of a file.
    /// - Throws: `ModelsError.notStored`, `.unreadable`, or `.digestMismatch` where the file was damaged.
    public func read(_ digest: SHA256Digest) throws(ModelsError) -> [UInt8] {
        guard holds(digest) else { throw .notStored(digest: digest.description, folder: folder) }
        let path = path(of: digest)
        let content = try FileContent.read(path)
        try Self.check(content, is: digest, at: path)
        return content
    }

    private static func check(_ content: [UInt8], is digest: SHA256Digest, at path: String) throws(ModelsError) {
        let found: SHA256Digest
        do {
            found = try SHA256Digest(of: content)
        } catch {
            throw .unreadable(path: path, reason: error.description)
        }
        guard found == digest else {
            throw .digestMismatch(path: path, found: found.description, needed: digest.description)
        }
    }
}
