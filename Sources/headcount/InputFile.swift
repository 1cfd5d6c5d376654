import Archive
import Glibc

/// A file that is read piece by piece; `-` is standard input.
final class InputFile: Sendable {
    /// The file's name, for messages.
    let name: String
    private let descriptor: Int32

    /// - Throws: `ArchiveError.unreadable`.
    init(_ path: String) throws(ArchiveError) {
        if path == "-" {
            name = "standard input"
            descriptor = dup(STDIN_FILENO)
        } else {
            name = path
            descriptor = open(path, O_RDONLY | O_CLOEXEC)
        }
        guard descriptor >= 0 else { throw .unreadable(path: name, reason: String(cString: strerror(errno))) }
    }

    deinit {
        close(descriptor)
    }

    /// The next bytes; `nil` at the end. One caller at a time.
    func read() throws(ArchiveError) -> [UInt8]? {
        var failure: Int32 = 0
        let piece = [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
            var got = 0
            repeat { got = Glibc.read(descriptor, buffer.baseAddress, buffer.count) } while got < 0 && errno == EINTR
            failure = got < 0 ? errno : 0
            count = max(0, got)
        }
        if failure != 0 { throw .unreadable(path: name, reason: String(cString: strerror(failure))) }
        return piece.isEmpty ? nil : piece
    }
}
