/// Why a model could not be described, found or kept.
public enum ModelsError: Error, Equatable, CustomStringConvertible {
    /// A file could not be read; `reason` is the system's.
    case unreadable(path: String, reason: String)
    /// A manifest is not JSON; `line` and `column` of the first fault count from 1.
    case notJSON(manifest: String, line: Int, column: Int)
    /// A manifest says what cannot be; `key` is its path in the JSON, such as `input.mean`.
    case invalid(manifest: String, key: String, problem: String)
    /// A model has no files for an engine.
    case engineUnsupported(model: String, engine: String, supported: [String])
    /// A model's file is another one than its manifest names.
    case digestMismatch(path: String, found: String, needed: String)
    /// The store lacks a file.
    case notStored(digest: String, folder: String)
    /// The store cannot be written; `reason` is the system's.
    case unwritable(path: String, reason: String)
    /// A model that comes with the program is not where it should be.
    case bundleMissing(model: String, searched: [String])
    /// A network cannot become a model.
    case networkRefused(network: String, problem: String)
    /// A step of a build failed; `reason` is the compiler's, the rest of its words are in `log`.
    case buildFailed(step: String, reason: String, log: String)

    /// One line for people.
    public var description: String {
        switch self {
        case .unreadable(let path, let reason):
            "cannot read \(path): \(reason)"
        case .notJSON(let manifest, let line, let column):
            "\(manifest) is not JSON: see line \(line), column \(column)"
        case .invalid(let manifest, let key, let problem):
            "\(manifest): \(key) \(problem)"
        case .engineUnsupported(let model, let engine, let supported):
            "model \(model) has no files for the engine \(engine), only for \(supported.joined(separator: ", "))"
        case .digestMismatch(let path, let found, let needed):
            "\(path) is another file than the manifest names: its SHA-256 is \(found), needed is \(needed)"
        case .notStored(let digest, let folder):
            "\(folder) holds no file of SHA-256 \(digest): fetch it from the database again"
        case .unwritable(let path, let reason):
            "cannot write \(path): \(reason)"
        case .bundleMissing(let model, let searched):
            "the model \(model) that comes with headcount is missing (looked in \(searched.joined(separator: ", "))); "
                + "HEADCOUNT_SHARE names another folder"
        case .networkRefused(let network, let problem):
            "\(network) cannot be used: \(problem)"
        case .buildFailed(let step, let reason, let log):
            "the compiler could not \(step): \(reason) (see \(log))"
        }
    }
}
