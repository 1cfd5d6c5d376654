import FoundationEssentials
import Glibc

/// A fresh folder for one test.
///
/// All folders of a test process lie in one, which is removed when the process ends: a folder that went with its value
/// would be gone where a test holds on to the path alone.
public struct TemporaryFolder: Sendable {
    /// Where it lies; absolute.
    public let path: String

    private static let root: String? = {
        let root = make(in: FileManager.default.temporaryDirectory.path, prefix: "headcount-tests-")
        atexit { TemporaryFolder.removeRoot() }
        return root
    }()

    /// - Throws: the system's error, where the temporary folder of this machine cannot be written.
    public init() throws {
        guard let root = Self.root, let path = Self.make(in: root, prefix: "") else {
            throw CocoaError(.fileWriteUnknown)
        }
        self.path = path
    }

    /// Writes a file, making the folders above it, and returns its path.
    @discardableResult
    public func write(_ bytes: [UInt8], to name: String) throws -> String {
        let file = path + "/" + name
        let folder = file.split(separator: "/").dropLast().reduce(into: "") { $0 += "/" + $1 }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(bytes).write(to: URL(filePath: file))
        return file
    }

    /// Writes a text in UTF-8 and returns its path.
    @discardableResult
    public func write(_ text: String, to name: String) throws -> String {
        try write(Array(text.utf8), to: name)
    }

    /// Copies a file into the folder and returns its path.
    @discardableResult
    public func copy(_ file: String, to name: String) throws -> String {
        try FileManager.default.copyItem(atPath: file, toPath: path + "/" + name)
        return path + "/" + name
    }

    private static func make(in folder: String, prefix: String) -> String? {
        var template = Array((folder + "/" + prefix + "XXXXXX").utf8CString)
        return template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
        }
    }

    private static func removeRoot() {
        if let root { try? FileManager.default.removeItem(atPath: root) }
    }
}
