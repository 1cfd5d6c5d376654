import Glibc

/// An open descriptor, closed when the last reference goes.
public final class OpenFile: Sendable {
    let descriptor: Int32

    /// Takes over `descriptor`.
    public init(owning descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }

    /// What fstat(2) says of it; `nil` where the file system fails.
    func status() -> stat? {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? status : nil
    }

    /// A second descriptor of the same open file, the caller's to close; `nil` when the process is out of descriptors.
    func duplicate() -> Int32? {
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        return copy < 0 ? nil : copy
    }

    /// The names in it, without `.` and `..`, in the order of the file system.
    func names() throws(Errno) -> [[UInt8]] {
        guard let copy = duplicate() else { throw Errno(code: errno) }
        guard let stream = fdopendir(copy) else {
            let code = errno
            close(copy)
            throw Errno(code: code)
        }
        defer { closedir(stream) }
        var names: [[UInt8]] = []
        while true {
            // The end and an error both return nothing; only the error sets errno.
            errno = 0
            guard let entry = readdir(stream) else { break }
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            if name != Array(".".utf8) && name != Array("..".utf8) { names.append(name) }
        }
        guard errno == 0 else { throw Errno(code: errno) }
        return names
    }

    /// What `name` in this folder is, not following a link; `nil` where it vanished.
    func status(of name: [UInt8]) -> stat? {
        var status = stat()
        let name = name.map { CChar(bitPattern: $0) } + [0]
        return fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 ? status : nil
    }
}
