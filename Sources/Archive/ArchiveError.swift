/// Why the archive could not do what was asked, apart from the errors of the database itself.
public enum ArchiveError: Error, Equatable, CustomStringConvertible {
    /// The database holds no schema of Headcount.
    case notMigrated(database: String)
    /// The schema is older than this program needs.
    case schemaBehind(applied: Int, needed: Int)
    /// The schema is newer than this program knows.
    case schemaAhead(applied: Int, known: Int)
    /// A migration that is applied was changed afterwards.
    case migrationChanged(file: String)
    /// The folder of migrations is missing or its files are not numbered from 1 without a gap.
    case migrationsUnreadable(folder: String, reason: String)
    /// A migration failed; nothing of it was applied.
    case migrationFailed(file: String, reason: String)
    /// No set of this name.
    case unknownSet(String)
    /// No model of this name or digest.
    case unknownModel(String?)
    /// The run is not one of the set's.
    case foreignRun(Int, set: String)
    /// The set has no image of this URL.
    case notEnqueued(url: String, set: String)
    /// No card of this name, `HOST/CARD`.
    case unknownCard(String)
    /// A run vanished while work on it was under way.
    case unknownRun(Int)
    /// Somebody took the worker for dead: its leases are gone for good.
    case signedOff(worker: Int)
    /// A set cannot be called so.
    case badSetName(String, reason: String)
    /// The list of URLs holds none.
    case noURLs(source: String)
    /// A file cannot be read.
    case unreadable(path: String, reason: String)
    /// The header of a list in CSV names no column `url`, or a column twice, or cannot be read.
    case badHeader(source: String, reason: String)

    /// One line for people.
    public var description: String {
        switch self {
        case .notMigrated(let database):
            "database \(database) holds no headcount schema yet: run headcount migrate"
        case .schemaBehind(let applied, let needed):
            "the database is at migration \(applied) and this program needs \(needed): run headcount migrate"
        case .schemaAhead(let applied, let known):
            "the database is at migration \(applied) and this program knows only \(known): install the newer headcount"
        case .migrationChanged(let file):
            "migration \(file) was changed after it was applied: restore the file, and put changes into a new one"
        case .migrationsUnreadable(let folder, let reason):
            "cannot use the migrations in \(folder): \(reason)"
        case .migrationFailed(let file, let reason):
            "migration \(file) failed and was undone: \(reason)"
        case .unknownSet(let name):
            "no image set “\(name)”: headcount status lists them"
        case .unknownModel(.some(let name)):
            "no model “\(name)”: headcount model list shows those there are, headcount model add adds one"
        case .unknownModel(.none):
            "no default model: add one with headcount model add MANIFEST.json --default"
        case .foreignRun(let id, let set):
            "run \(id) is not one of the set “\(set)”: headcount status lists them"
        case .notEnqueued(let url, let set):
            "the set \(set) has no image \(url)"
        case .unknownCard(let name):
            "no card “\(name)”: headcount cards --all lists those there are, as HOST/CARD"
        case .unknownRun(let id):
            "run \(id) is gone"
        case .signedOff(let worker):
            "worker \(worker) was signed off, and what it held was given back: start it anew"
        case .badSetName(let name, let reason):
            "an image set cannot be called “\(name.prefix(60))”: its name \(reason)"
        case .noURLs(let source):
            "\(source) holds no URLs"
        case .unreadable(let path, let reason):
            "cannot read \(path): \(reason)"
        case .badHeader(let source, let reason):
            "\(source): \(reason)"
        }
    }
}
