import Glibc

/// A file that a command writes piece by piece, under another name until it is whole.
final class StreamedFile: Sendable {
    private let path: String
    /// The other name; `nil` where what is written goes to `path` at once.
    private let incoming: String?
    private let descriptor: Int32

    /// - Throws: `OutputFile.Failure`.
    init(_ path: String) throws(OutputFile.Failure) {
        self.path = path
        incoming = Self.isReplaceable(path) ? "\(path).\(getpid()).incoming" : nil
        descriptor = open(incoming ?? path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw .init(path: path, reason: String(cString: strerror(errno))) }
    }

    /// What was not finished is removed.
    deinit {
        close(descriptor)
        if let incoming { unlink(incoming) }
    }

    /// True where a file may take the place of what bears the name. A device, a pipe or a link must stay: for root,
    /// /dev/null would be an ordinary file afterwards.
    static func isReplaceable(_ path: String) -> Bool {
        var attributes = stat()
        return lstat(path, &attributes) != 0 || attributes.st_mode & S_IFMT == S_IFREG
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
        let isWritten = fsync(descriptor) == 0 || errno == EINVAL
        guard isWritten, incoming.map({ rename($0, path) == 0 }) ?? true else {
            throw .init(path: path, reason: String(cString: strerror(errno)))
        }
    }
}
