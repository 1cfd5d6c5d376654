import Glibc
import TestSupport

/// What a folder of pictures may hold beside ordinary files.
extension TemporaryFolder {
    struct Failure: Error {
        let code: Int32
    }

    func link(_ name: String, to target: String) throws {
        guard symlink(target, "\(path)/\(name)") == 0 else { throw Failure(code: errno) }
    }

    func makePipe(_ name: String) throws {
        guard mkfifo("\(path)/\(name)", 0o644) == 0 else { throw Failure(code: errno) }
    }

    /// Writes a file whose name need not be text.
    func write(_ bytes: [UInt8], toBytes name: [UInt8]) throws {
        let file = (Array((path + "/").utf8) + name).map { CChar(bitPattern: $0) } + [0]
        let descriptor = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw Failure(code: errno) }
        defer { close(descriptor) }
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else { throw Failure(code: errno) }
    }
}
