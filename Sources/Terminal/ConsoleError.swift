/// Why a result could not be written to standard output.
public enum ConsoleError: Error, Equatable, CustomStringConvertible {
    /// The program that read it has ended, as `head` does.
    case readerGone
    /// It cannot be written, for the system's reason.
    case unwritable(reason: String)

    /// One line for people.
    public var description: String {
        switch self {
        case .readerGone: "nobody reads standard output any more"
        case .unwritable(let reason): "cannot write to standard output: \(reason)"
        }
    }
}
