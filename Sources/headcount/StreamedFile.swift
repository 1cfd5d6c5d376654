import Glibc

/// A file that a command writes piece by piece, under another name until it is whole.
final class StreamedFile: Sendable {
    private let path: String
    private let incoming: String
    private let descriptor: Int32

    /// - Throws: `OutputFile.Failure`.
    init(_ path: String) throws(OutputFile.Failure) {
        self.path = path
        incoming = "\(path).\(getpid()).incoming"
        descriptor = open(incoming, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw .init(path: path, reason: String(cString: strerror(errno))) }
    }

    /// What was not finished is removed.
    deinit {
        close(descriptor)
        unlink(incoming)
    }

    /// Adds bytes.
    func write(_ bytes: UnsafeRawBufferPointer) throws(OutputFile.Failure) {
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw .init(path: path, reason: String(cString: strerror(errno)))
            }
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
        }
    }

    /// Puts the file in its place.
    func finish() throws(OutputFile.Failure) {
        guard fsync(descriptor) == 0 || errno == EINVAL, rename(incoming, path) == 0 else {
            throw .init(path: path, reason: String(cString: strerror(errno)))
        }
    }
}
