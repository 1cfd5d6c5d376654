/// The running server of a local cluster.
public struct LocalServer: Equatable, Sendable {
    /// The server's first process, the postmaster.
    public let processID: Int32
    /// Names the socket in `socketFolder`: `.s.PGSQL.` and the port. Nothing listens on TCP.
    public let port: String
    /// The folder that libpq takes as `host`.
    public let socketFolder: String
    /// PostgreSQL's data folder.
    public let data: String
    /// Of PostgreSQL: 15 for 15.14.
    public let majorVersion: Int
}
