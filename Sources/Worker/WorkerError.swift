/// Why a worker ended before its work was done. Its shards were given back.
public enum WorkerError: Error, Equatable, CustomStringConvertible {
    /// The device the worker is bound to failed; another worker takes its work.
    case deviceFailed(reason: String)
    /// Something happened that nobody foresaw.
    case unexpected(reason: String)
    /// The database refused the counts of so many images in a row, the last for this reason. Nothing was noted against them.
    case countsRefused(images: Int, reason: String)
    /// All else is counted, but these runs could not be, for these reasons.
    case declined([Int: String])

    /// One line for people.
    public var description: String {
        switch self {
        case .deviceFailed(let reason): "this worker ends, its shards were given back: \(reason)"
        case .unexpected(let reason): "this worker ends, its shards were given back: \(reason)"
        case .countsRefused(let images, let reason):
            "this worker ends, its shards were given back: the database refused the counts of \(images) images in a "
                + "row, which is taken for no fault of theirs; remove what refuses them: \(reason)"
        case .declined(let runs):
            runs.sorted { $0.key < $1.key }.map { "run \($0.key) is left uncounted: \($0.value)" }
                .joined(separator: "; ")
        }
    }
}
