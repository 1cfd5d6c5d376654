import FoundationEssentials
import Glibc

/// The programs of one installed PostgreSQL server.
public struct ServerInstallation: Sendable, Equatable {
    /// PostgreSQL 14 is the oldest whose features the schema uses.
    public static let oldestMajor = 14

    /// The folder with `initdb`, `pg_ctl` and `postgres`.
    public let folder: String
    /// Such as `15.14`.
    public let version: String

    /// The first number of the version.
    public var major: Int { version.prefix { $0.isNumber }.isEmpty ? 0 : Int(version.prefix { $0.isNumber }) ?? 0 }

    /// Looks where `pg_config` says, along PATH, and in the usual folders, newest first.
    /// - Parameter major: the version that an existing cluster was made by, which alone can run it.
    /// - Throws: `PostgresError.notInstalled` with the places, or `.unsuitableVersion`.
    public static func find(forClusterOf major: Int? = nil) throws(PostgresError) -> ServerInstallation {
        let places = candidates()
        let found = places.compactMap { installation(in: $0) }
        guard !found.isEmpty else { throw .notInstalled(searched: places) }
        let suitable = found.first { major == nil ? $0.major >= oldestMajor : $0.major == major }
        guard let suitable else {
            throw .unsuitableVersion(
                found: found.map(\.version),
                needed: major.map { "\($0), which made the local database," } ?? "\(oldestMajor) or newer")
        }
        return suitable
    }

    private static func installation(in folder: String) -> ServerInstallation? {
        guard ["initdb", "pg_ctl", "postgres"].allSatisfy({ access("\(folder)/\($0)", X_OK) == 0 }) else { return nil }
        // "postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)"
        let outcome = ServerCommand(path: "\(folder)/postgres", arguments: ["--version"]).run()
        let version = outcome.output.split(separator: " ").first { $0.first?.isNumber == true }
        guard outcome.succeeded, let version else { return nil }
        return ServerInstallation(folder: folder, version: version.filter { !$0.isWhitespace })
    }

    private static func candidates() -> [String] {
        let path = (getenv("PATH").map { String(cString: $0) } ?? "").split(separator: ":").map { String($0) }
        var folders = path.map { "\($0)/pg_config" }.filter { (file: String) in access(file, X_OK) == 0 }.map {
            // pg_config is part of the client library too: its folder may hold no server.
            ServerCommand(path: $0, arguments: ["--bindir"]).run().output.filter { !$0.isNewline }
        }
        folders += path
        for root in ["/usr/lib/postgresql", "/usr/local/lib/postgresql"] {
            let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
            folders += versions.sorted { (Double($0) ?? 0) > (Double($1) ?? 0) }.map { "\(root)/\($0)/bin" }
        }
        folders += ["/usr/local/pgsql/bin"]
        // The same folder may be found under several names.
        var seen: Set<String> = []
        return folders.filter { folder in
            guard let real = realpath(folder, nil) else { return seen.insert(folder).inserted }
            defer { free(real) }
            return seen.insert(String(cString: real)).inserted
        }
    }
}
