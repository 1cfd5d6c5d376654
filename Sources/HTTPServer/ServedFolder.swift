import CHTTPServer
import Glibc

/// A folder held open, from which nothing outside it can be reached.
///
/// The kernel does the resolving: whatever links or other processes do meanwhile, a path either ends below the folder
/// or is not opened. Relative links that stay below are followed; absolute ones are not.
struct ServedFolder {
    /// How paths are resolved.
    enum Resolution {
        /// openat2(2) with RESOLVE_BENEATH, or component by component where the kernel or a sandbox lacks it.
        case kernel
        /// Component by component, never through a symbolic link.
        case walk
    }

    let descriptor: OpenFile
    private let resolution: Resolution

    init(_ path: String, resolution: Resolution = .kernel) throws(HTTPServerError) {
        let descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw switch errno {
            case ENOENT: .folderMissing(path: path)
            case ENOTDIR: .notAFolder(path: path)
            default: .folderUnreadable(path: path, reason: String(cString: strerror(errno)))
            }
        }
        self.descriptor = OpenFile(owning: descriptor)
        self.resolution = resolution
    }

    /// Opens what lies at `path` for reading; the empty path is the folder itself.
    /// - Throws: the errno of the system, `EXDEV` or `ELOOP` among them where the path would leave the folder.
    func open(_ path: RelativePath) throws(Errno) -> OpenFile {
        let components =
            path.bytes.isEmpty ? [[UInt8(ascii: ".")]] : path.bytes.split(separator: UInt8(ascii: "/")).map(Array.init)
        guard resolution == .kernel else { return try walk(components) }
        var result: Int32 = 0
        for _ in 0..<Self.attempts {
            result = headcount_open_beneath(descriptor.descriptor, Self.cString(components), Self.flags)
            // The kernel could not be sure of the path because something was renamed meanwhile.
            if result != -EAGAIN { break }
        }
        switch result {
        case 0...: return OpenFile(owning: result)
        case -ENOSYS, -EPERM: return try walk(components)
        default: throw Errno(code: -result)
        }
    }

    private func walk(_ components: [[UInt8]]) throws(Errno) -> OpenFile {
        var current = descriptor
        for component in components {
            if component == Array("..".utf8) { throw Errno(code: EXDEV) }
            let next = openat(current.descriptor, Self.cString([component]), Self.flags | O_NOFOLLOW)
            guard next >= 0 else { throw Errno(code: errno) }
            current = OpenFile(owning: next)
        }
        return current
    }

    private static func cString(_ components: [[UInt8]]) -> [CChar] {
        components.joined(separator: [UInt8(ascii: "/")]).map { CChar(bitPattern: $0) } + [0]
    }

    /// Not blocking: a named pipe would hold the thread until somebody writes to it.
    private static let flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY
    private static let attempts = 8
}
