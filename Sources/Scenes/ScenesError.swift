/// Why sample pictures could not be made.
public enum ScenesError: Error, Equatable, CustomStringConvertible {
    /// The folder holds something that no earlier call wrote.
    case foreignFolder(path: String, entry: String)
    /// A folder or file could not be made.
    case notWritten(path: String, reason: String)
    /// A picture could not be encoded.
    case notEncoded(name: String, reason: String)

    /// One line for people.
    public var description: String {
        switch self {
        case .foreignFolder(let path, let entry):
            "\(path) is not a sample archive (it holds \(entry)): name a new or empty folder"
        case .notWritten(let path, let reason):
            "cannot write \(path): \(reason)"
        case .notEncoded(let name, let reason):
            "cannot encode picture \(name): \(reason)"
        }
    }
}
