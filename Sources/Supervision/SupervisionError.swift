import Glibc

/// Why a program could not be started.
public enum SupervisionError: Error, Equatable, CustomStringConvertible {
    /// The system refused, with its error number.
    case notStarted(program: String, folder: String, code: Int32)
    /// There is no pair of sockets to be had, with the system's error number.
    case noLink(code: Int32)

    /// One line for people.
    public var description: String {
        switch self {
        case .notStarted(let program, let folder, let code):
            "cannot start \(program) in \(folder): \(String(cString: strerror(code)))"
        case .noLink(let code):
            "no connection to a new process: \(String(cString: strerror(code)))"
        }
    }
}
