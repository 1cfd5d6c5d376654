import FoundationEssentials
import Glibc

/// Where a local cluster keeps what, and how its folders come to be.
///
///     FOLDER/lock             one command at a time works on the cluster
///     FOLDER/server           the server's own, mode 0700; a link where the server's account cannot reach FOLDER
///     FOLDER/server/data      PostgreSQL's data folder
///     FOLDER/server/socket    its Unix socket
///     FOLDER/server/log       what it has to say
struct ClusterFolder {
    /// Where the server's part goes when root's own folders are closed to the server's account.
    private static let shelter = "/var/lib/headcount"
    /// `sun_path` of a Unix address holds 108 bytes with its zero; the file is named by the port.
    private static let longestSocketFolder = 107 - "/.s.PGSQL.5432".utf8.count

    static let settingsName = "headcount.conf"

    let path: String

    /// - Parameter path: relative ones are taken from the working folder.
    init(_ path: String) {
        if path.hasPrefix("/") {
            self.path = path
        } else {
            let working = getcwd(nil, 0)
            defer { free(working) }
            let folder = working.map { String(cString: $0) } ?? ""
            self.path = (folder == "/" ? "" : folder) + "/" + path
        }
    }

    var lock: String { path + "/lock" }
    /// Without links where it exists: the server's command line shows it, and is compared with it.
    var server: String { Self.withoutLinks(path + "/server") }
    var data: String { server + "/data" }
    /// What initdb makes, until it is whole.
    var unfinishedData: String { server + "/initializing" }
    var settings: String { data + "/" + Self.settingsName }
    var log: String { server + "/log" }

    /// The version of PostgreSQL that made the cluster; `nil` where there is none.
    var major: Int? {
        FileManager.default.contents(atPath: data + "/PG_VERSION")
            .flatMap { Int(String(decoding: $0, as: UTF8.self).prefix { $0.isNumber }) }
    }

    /// Makes the folder itself, which belongs to the caller.
    func create() throws(PostgresError) {
        // pg_ctl hands the name to a shell, within double quotes.
        if let special = path.first(where: { "\"$`\\\n".contains($0) }) {
            throw failure("naming it", "the folder's name holds \(special), which pg_ctl cannot take")
        }
        try mkdirs(path)
    }

    /// Makes the server's folder, where the account that will run the server can reach it.
    func createServerFolder(for account: ServerAccount?) throws(PostgresError) {
        let link = path + "/server"
        guard access(link, F_OK) != 0 else { return }
        unlink(link)  // a link to what somebody removed
        guard let account else {
            guard mkdir(link, 0o700) == 0 else { throw failure("making the server's folder") }
            return
        }
        if canReach(path, account) {
            guard mkdir(link, 0o700) == 0 else { throw failure("making the server's folder") }
            try give(link, to: account)
        } else {
            let isNew = access(Self.shelter, F_OK) != 0
            try mkdirs(Self.shelter)
            // Whatever the umask, the account must come through.
            if isNew { chmod(Self.shelter, 0o755) }
            let place = try uniqueFolder(Self.shelter + "/postgres-")
            try give(place, to: account)
            guard symlink(place, link) == 0 else { throw failure("linking to \(place)") }
        }
    }

    /// The folder for the Unix socket: the server's own, which may not be there yet, or one with a short name where that
    /// is too long.
    /// - Parameter previous: what the last start used; taken again where it still belongs to the account.
    func socketFolder(for account: ServerAccount?, previous: String?) throws(PostgresError) -> String {
        let own = server + "/socket"
        if own.utf8.count <= Self.longestSocketFolder { return own }
        if let previous, isPrivate(previous, of: account) { return previous }
        // A name that nobody can foresee, and therefore nobody can occupy beforehand.
        let short = try uniqueFolder("/tmp/headcount-socket-")
        if let account { try give(short, to: account) }
        return short
    }

    private func give(_ path: String, to account: ServerAccount) throws(PostgresError) {
        guard lchown(path, account.user, account.group) == 0 else { throw failure("giving \(path) to its account") }
    }

    /// - Parameters:
    ///   - step: made after `errno` was read, which making a text may change.
    ///   - reason: what `errno` says, where it is left out.
    func failure(_ step: @autoclosure () -> String, _ reason: String? = nil) -> PostgresError {
        let reason = reason ?? String(cString: strerror(errno))
        return .localFailed(folder: path, step: step(), reason: reason)
    }

    private func canReach(_ folder: String, _ account: ServerAccount) -> Bool {
        // Whoever can change over to the folder can reach it: this asks the kernel and not the mode bits.
        ServerCommand(path: "/bin/true", folder: folder, account: account).run().succeeded
    }

    private func isPrivate(_ folder: String, of account: ServerAccount?) -> Bool {
        var attributes = stat()
        guard lstat(folder, &attributes) == 0 else { return false }
        let isFolder = attributes.st_mode & S_IFMT == S_IFDIR
        return isFolder && attributes.st_mode & 0o077 == 0 && attributes.st_uid == account?.user ?? geteuid()
    }

    /// Makes a folder, and those above it.
    private func mkdirs(_ folder: String) throws(PostgresError) {
        if mkdir(folder, 0o755) == 0 || errno == EEXIST { return }
        let isOrphan = errno == ENOENT
        guard isOrphan, let end = folder.lastIndex(of: "/"), end > folder.startIndex else {
            throw failure("making \(folder)", isOrphan ? String(cString: strerror(ENOENT)) : nil)
        }
        let parent = folder[..<end]
        try mkdirs(String(parent))
        guard mkdir(folder, 0o755) == 0 || errno == EEXIST else { throw failure("making \(folder)") }
    }

    private func uniqueFolder(_ prefix: String) throws(PostgresError) -> String {
        let template = strdup(prefix + "XXXXXX")
        defer { free(template) }
        guard let template, mkdtemp(template) != nil else {
            throw failure("making a folder \(prefix)...")
        }
        return String(cString: template)
    }

    private static func withoutLinks(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
