import Glibc

/// A file that a command leaves behind.
enum OutputFile {
    /// Why a file could not be written.
    struct Failure: Error, CustomStringConvertible {
        let path: String
        let reason: String

        var description: String { "cannot write \(path): \(reason)" }
    }

    /// Tells whether a file can be written, before what goes into it is made; leaves all as it was.
    /// - Throws: `Failure`.
    static func check(_ path: String) throws {
        let isNew = access(path, F_OK) != 0
        let file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0o666)
        guard file >= 0 else { throw Failure(path: path, reason: String(cString: strerror(errno))) }
        close(file)
        if isNew { unlink(path) }
    }

    /// Writes a file whole.
    /// - Throws: `Failure`.
    static func write(_ bytes: [UInt8], to path: String) throws {
        let file = try StreamedFile(path)
        try bytes.withUnsafeBytes { try file.write($0) }
        try file.finish()
    }
}
