import Glibc
import Terminal

/// The file of this program.
enum ProgramFile {
    static func path() throws -> String {
        guard let path = realpath("/proc/self/exe", nil) else {
            throw ConsoleError.unwritable(reason: "this program does not find its own file")
        }
        defer { free(path) }
        return String(cString: path)
    }
}
