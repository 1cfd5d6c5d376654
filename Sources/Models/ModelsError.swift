/// Why a model could not be described, found or kept.
public enum ModelsError: Error, Equatable, CustomStringConvertible {
    /// A file could not be read; `reason` is the system's.
    case unreadable(path: String, reason: String)
    /// A manifest is not JSON; `line` and `column` of the first fault count from 1.
    case notJSON(manifest: String, line: Int, column: Int)
    /// A manifest says what cannot be; `key` is its path in the JSON, such as `input.mean`.
    case invalid(manifest: String, key: String, problem: String)
    /// A model has no files for an engine; `instead` names one that has, where that is known.
    case engineUnsupported(model: String, engine: String, supported: [String], instead: String? = nil)
    /// A model's file is another one than its manifest names.
    case digestMismatch(path: String, found: String, needed: String)
    /// The store lacks a file.
    case notStored(digest: String, folder: String)
    /// A model's file is neither in the database nor at the address that was given; `fault` is the address's.
    case nowhere(model: String, digest: String, fault: String?)
    /// A model takes more memory than a card has, in bytes.
    case tooLarge(model: String, needed: Int, memory: Int, card: String)
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
        case .engineUnsupported(let model, let engine, let supported, let instead):
            "model \(model) has no files for the engine \(engine), only for \(supported.joined(separator: ", "))"
                + (instead.map { ": --model \($0) has" } ?? "")
        case .digestMismatch(let path, let found, let needed):
            "\(path) is another file than the manifest names: its SHA-256 is \(found), needed is \(needed)"
        case .notStored(let digest, let folder):
            "\(folder) holds no file of SHA-256 \(digest): fetch it from the database again"
        case .nowhere(let model, let digest, let fault):
            "the database holds no file of SHA-256 \(digest) for the model \(model)"
                + (fault.map { ", and \($0)" } ?? ": model add puts it there, and work --store names another place")
        case .tooLarge(let model, let needed, let memory, let card):
            "\(model) takes \(Self.megabytes(needed)) MB of a card's memory, and \(card) has \(Self.megabytes(memory)) MB"
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
    /// Rounded up.
    private static func megabytes(_ bytes: Int) -> Int { bytes / 1_000_000 + (bytes % 1_000_000 == 0 ? 0 : 1) }
}
