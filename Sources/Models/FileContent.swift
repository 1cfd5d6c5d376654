import Digest
import Glibc

/// Whole files, read and written through the system's own calls, whose errors name what is wrong.
enum FileContent {
    private static let pieceSize = 1 << 18

    /// - Throws: `ModelsError.unreadable`.
    static func digest(_ path: String) throws(ModelsError) -> SHA256Digest {
        do {
            return try SHA256Digest(ofFile: path)
        } catch .unreadable(let path, let reason) {
            throw .unreadable(path: path, reason: reason)
        } catch {
            throw .unreadable(path: path, reason: error.description)
        }
    }

    /// - Throws: `ModelsError.unreadable`.
    static func read(_ path: String) throws(ModelsError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unreadable(path: path, reason: systemMessage()) }
        defer { close(descriptor) }
        var content: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: pieceSize)
        while true {
            let count = Glibc.read(descriptor, &piece, pieceSize)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw .unreadable(path: path, reason: systemMessage()) }
            if count == 0 { return content }
            content.append(contentsOf: piece[0..<count])
        }
    }

    /// Writes a file that is there whole or not at all; the folder must exist.
    ///
    /// Two that write the same file at once both succeed, and one of the contents stays.
    /// - Parameter isSynced: so whenever the machine stops, for which the disk is waited for. Else after such a stop the
    ///   file may be cut short.
    /// - Throws: `ModelsError.unwritable`.
    static func write(_ content: [UInt8], to path: String, isSynced: Bool = true) throws(ModelsError) {
        var template = Array((path + ".incoming-XXXXXX").utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw .unwritable(path: path, reason: systemMessage()) }
        guard append(content, to: descriptor), !isSynced || fsync(descriptor) == 0, rename(template, path) == 0 else {
            let reason = systemMessage()
            close(descriptor)
            unlink(template)
            throw .unwritable(path: path, reason: reason)
        }
        close(descriptor)
    }

    private static func append(_ content: [UInt8], to descriptor: CInt) -> Bool {
        content.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { return false }
                rest = rest.dropFirst(count)
            }
            return true
        }
    }

    private static func systemMessage() -> String {
        String(cString: strerror(errno))
    }
}
