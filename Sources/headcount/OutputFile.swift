/// A file that a command leaves behind.
enum OutputFile {
    /// Why a file could not be written.
    struct Failure: Error, CustomStringConvertible {
        let path: String
        let reason: String

        var description: String { "cannot write \(path): \(reason)" }
    }

    /// Writes a file whole.
    /// - Throws: `Failure`.
    static func write(_ bytes: [UInt8], to path: String) throws {
        let file = try StreamedFile(path)
        try bytes.withUnsafeBytes { try file.write($0) }
        try file.finish()
    }
}
