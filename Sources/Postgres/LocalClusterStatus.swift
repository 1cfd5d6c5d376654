/// What there is of a local cluster.
public enum LocalClusterStatus: Equatable, Sendable {
    /// Nothing yet; may become running.
    case absent(folder: String)
    /// Made before; may become running. `data` is PostgreSQL's data folder.
    case stopped(data: String, majorVersion: Int)
    /// Serves, or is about to; may become stopped.
    case running(LocalServer)
}
