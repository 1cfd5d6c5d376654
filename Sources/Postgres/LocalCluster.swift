import Glibc

/// A private PostgreSQL cluster in a folder: the database of whoever has none.
///
/// It listens on a Unix socket alone, in a folder that only its owner (and root) can enter; connections are therefore
/// trusted. Started by root, the server runs as `postgres`, or as `nobody` where there is no such account.
public struct LocalCluster: Sendable {
    /// What a crash of the machine may cost.
    public enum Durability: Sendable {
        /// Nothing that was committed.
        case full
        /// Everything: for tests alone.
        case none
    }

    static let role = "headcount"
    static let database = "headcount"

    let folder: ClusterFolder
    let durability: Durability

    /// Names a cluster; nothing is made before `start`.
    public init(folder: String = ".headcount/postgres", durability: Durability = .full) {
        self.folder = ClusterFolder(folder)
        self.durability = durability
    }

    /// Whether the cluster is there and runs.
    /// - Throws: `PostgresError.localFailed` where the folder belongs to somebody else.
    public func status() throws(PostgresError) -> LocalClusterStatus {
        let link = folder.path + "/server"
        if access(link, F_OK) == 0 && access(link, R_OK | X_OK) != 0 {
            throw folder.failure("reading it")
        }
        guard let major = folder.major else { return .absent(folder: folder.path) }
        guard let server = ServerProcess(data: folder.data) else {
            return .stopped(data: folder.data, majorVersion: major)
        }
        return .running(
            LocalServer(
                processID: server.processID, port: server.port, socketFolder: server.socketFolder, data: folder.data,
                majorVersion: major))
    }

    /// The URI of the cluster's database `headcount`, for this program and for psql.
    /// - Throws: `PostgresError.localAbsent` or `.localStopped`.
    public func url() throws(PostgresError) -> String {
        switch try status() {
        case .absent: throw .localAbsent(folder: folder.path)
        case .stopped: throw .localStopped(folder: folder.path)
        case .running(let server):
            return Self.url(database: Self.database, socketFolder: server.socketFolder, port: server.port)
        }
    }

    /// Starts the server, and first makes the cluster where there is none; returns when it serves.
    ///
    /// Safe to call when it runs already, and from several processes at once.
    @discardableResult
    public func start() async throws(PostgresError) -> LocalClusterStatus {
        try await ClusterThread().run { () throws(PostgresError) in try startBlocking() }
    }

    /// Stops the server: open transactions are rolled back, what was committed is on the disk. Does nothing where none
    /// runs.
    /// - Parameter immediately: as a crash would; the next start recovers.
    @discardableResult
    public func stop(immediately: Bool = false) async throws(PostgresError) -> LocalClusterStatus {
        try await ClusterThread().run { () throws(PostgresError) in try stopBlocking(immediately: immediately) }
    }

    /// Stops the server and deletes the cluster with all that is in it, and its folder.
    public func remove() async throws(PostgresError) {
        try await ClusterThread().run { () throws(PostgresError) in try removeBlocking() }
    }

    static func url(database: String, socketFolder: String, port: String) -> String {
        let host = socketFolder.utf8.map(PostgresConfiguration.percentEncoded).joined()
        return "postgresql://\(role)@/\(database)?host=\(host)&port=\(port)"
    }
}
