import FoundationEssentials
import Glibc
import Inference
import Models

/// A temporary folder of a measurement, removed when the last reference goes.
final class BenchFolder: Sendable {
    let path: String

    init() throws {
        let parent = ProgramFolders.variable("TMPDIR") ?? "/tmp"
        var template = Array("\(parent)/headcount-bench-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw ModelsError.unwritable(path: parent, reason: String(cString: strerror(errno)))
        }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        // Under root the private PostgreSQL has an account of its own, which must come through here.
        chmod(path, 0o755)
    }

    deinit {
        // What cannot be removed lies in a folder for temporary files.
        try? FileManager.default.removeItem(atPath: path)
    }

    /// - Returns: the path of the file.
    func write(_ bytes: [UInt8], to name: String) throws -> String {
        let file = path + "/" + name
        guard FileManager.default.createFile(atPath: file, contents: Data(bytes)) else {
            throw ModelsError.unwritable(path: file, reason: "the disk may be full")
        }
        return file
    }
}
