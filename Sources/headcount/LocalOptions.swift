import Arguments
import Postgres

/// The option that names the local cluster's folder.
enum LocalOptions {
    static let folder = Option(
        "folder", value: "DIR", "Where the cluster lives (.headcount/postgres, which other commands look for).")

    static func cluster(_ invocation: Invocation) -> LocalCluster {
        invocation.value(of: folder.name).map { LocalCluster(folder: $0) } ?? LocalCluster()
    }
}
