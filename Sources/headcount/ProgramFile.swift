import Glibc
import Supervision

/// The file of this program.
enum ProgramFile {
    static func path() throws -> String {
        guard let path = realpath("/proc/self/exe", nil) else {
            throw SupervisionError.notStarted(program: "/proc/self/exe", folder: "/", code: errno)
        }
        defer { free(path) }
        return String(cString: path)
    }
}
