import FoundationEssentials
import Glibc

/// A file that a command leaves behind.
enum OutputFile {
    /// Why a file could not be written.
    struct Failure: Error, CustomStringConvertible {
        let path: String
        let reason: String

        var description: String { "cannot write \(path): \(reason)" }
    }

    /// Writes a file whole: under another name first, so that nobody finds half of one.
    static func write(_ bytes: [UInt8], to path: String) throws(Failure) {
        do {
            try Data(bytes).write(to: URL(filePath: path), options: .atomic)
        } catch let error as CocoaError {
            throw Failure(path: path, reason: Self.reason(of: error))
        } catch {
            throw Failure(path: path, reason: "\(error)")
        }
    }

    private static func reason(of error: CocoaError) -> String {
        switch error.code {
        case .fileNoSuchFile, .fileReadNoSuchFile: "the folder is not there"
        case .fileWriteNoPermission: "it is not yours to write"
        case .fileWriteOutOfSpace: "the disk is full"
        case .fileWriteVolumeReadOnly: "the file system is read-only"
        default: "\(error)"
        }
    }
}
