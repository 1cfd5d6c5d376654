import Archive
import Concurrency
import Glibc

/// A file that is read piece by piece; `-` is standard input.
final class InputFile: Sendable {
    /// The file's name, for messages.
    let name: String
    private let descriptor: Int32
    /// In bytes; `nil` for a pipe, which does not say.
    private let size: Int?
    private let position = Locked(0)

    /// How much of it was read, from 0 to 1; `nil` for a pipe.
    var share: Double? {
        size.map { min(1, Double(position.withLock { $0 }) / Double(max($0, 1))) }
    }

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
        var attributes = stat()
        let isFile = fstat(descriptor, &attributes) == 0 && attributes.st_mode & S_IFMT == S_IFREG
        size = isFile ? Int(attributes.st_size) : nil
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
        position.withLock { $0 += piece.count }
        return piece.isEmpty ? nil : piece
    }
}
