import Foundation
import Glibc
import Postgres
import TestSupport

/// A PgBouncer in front of the tests' PostgreSQL.
final class Pooler: Sendable {
    enum Mode: String {
        case session, transaction
    }

    private let program: RunningProgram
    private let folder: String
    private let mode: Mode

    /// Starts one with few connections to the server, so that clients get each other's sessions.
    init(_ mode: Mode) async throws {
        self.mode = mode
        let server = try await TestDatabase.cluster().url()
        let sockets = PostgresConfiguration(connectionString: server, applicationName: "").host
        // The server's socket is open to its own account alone.
        var owner = stat()
        guard stat(sockets, &owner) == 0, let account = getpwuid(owner.st_uid) else {
            throw CocoaError(.fileNoSuchFile)
        }
        var template = Array("/tmp/headcount-pooler-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw CocoaError(.fileWriteUnknown) }
        folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        chown(folder, owner.st_uid, owner.st_gid)
        let settings = """
            [databases]
            * = host=\(sockets) port=5432 user=headcount
            [pgbouncer]
            listen_addr =
            listen_port = 6432
            unix_socket_dir = \(folder)
            auth_type = any
            pool_mode = \(mode.rawValue)
            default_pool_size = \(mode == .session ? 20 : 2)
            ignore_startup_parameters = extra_float_digits

            """
        try Data(settings.utf8).write(to: URL(filePath: folder + "/pgbouncer.ini"))
        chmod(folder + "/pgbouncer.ini", 0o644)
        // It refuses to run as root.
        let identity = geteuid() == 0 ? ["-u", String(cString: account.pointee.pw_name)] : []
        program = try RunningProgram(
            identity + [folder + "/pgbouncer.ini"], executable: InstalledTool.pgbouncer.path ?? "pgbouncer", in: "/")
    }

    deinit {
        program.signal(SIGTERM)
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// A database of the server, by way of the pooler.
    func url(of database: String) -> String {
        let name = PostgresConfiguration(connectionString: database, applicationName: "").database
        let path = folder.replacing("/", with: "%2F")
        return "postgresql://headcount@/\(name)?host=\(path)&port=6432"
            + (mode == .transaction ? "&pgbouncer=true" : "")
    }

    /// Waits until it serves.
    func serve(_ database: String) async throws {
        let configuration = PostgresConfiguration(connectionString: url(of: database), applicationName: "test")
        try await waitUntil("the pooler to serve") {
            if let connection = try? await PostgresConnection.connect(configuration) {
                await connection.close()
                return true
            }
            guard program.isRunning else { throw Ended(outcome: try await program.outcome()) }
            return false
        }
    }

    private struct Ended: Error {
        let outcome: RunningProgram.Outcome
    }
}
