import Glibc

extension LocalCluster {
    /// Recovery after a crash reads at most `max_wal_size` of the log: minutes on a slow disk.
    private static let startLimit = 300  // seconds
    /// The last checkpoint writes at most the shared buffers.
    private static let stopLimit = 120  // seconds
    /// Children of a killed server notice its end when they next wait for something.
    private static let predecessorLimit = 20  // seconds
    private static let pause: UInt32 = 50_000  // microseconds

    /// `start`, blocking the calling thread.
    @discardableResult
    package func startBlocking() throws(PostgresError) -> LocalClusterStatus {
        try folder.create()
        return try FolderLock.hold(folder) { () throws(PostgresError) in
            let account = ServerAccount.forServer(in: folder.path + "/server")
            let deadline = ContinuousClock.now + .seconds(Self.startLimit)
            while true {
                let running = ServerProcess(data: folder.data)
                if running == nil {
                    let installation = try ServerInstallation.find(forClusterOf: folder.major)
                    try folder.createServerFolder(for: account)
                    if folder.major == nil { try initialize(installation, account) }
                    try launch(installation, account)
                }
                do throws(PostgresError) {
                    try createDatabase()
                    return try status()
                } catch {
                    // One that was found running may be starting, stopping, about to die of a signal, or gone by now.
                    let hasGone = ServerProcess(data: folder.data) != running
                    guard running != nil && (error.isConnectionLost || hasGone) && ContinuousClock.now < deadline
                    else { throw error }
                    usleep(Self.pause)
                }
            }
        }
    }

    /// `stop`, blocking the calling thread.
    @discardableResult
    package func stopBlocking(immediately: Bool = false) throws(PostgresError) -> LocalClusterStatus {
        guard case .running = try status() else { return try status() }
        return try FolderLock.hold(folder) { () throws(PostgresError) in
            guard ServerProcess(data: folder.data) != nil else { return try status() }
            let installation = try ServerInstallation.find(forClusterOf: folder.major)
            let mode = immediately ? "immediate" : "fast"
            let outcome = ServerCommand(
                path: installation.folder + "/pg_ctl",
                arguments: ["stop", "-D", folder.data, "-m", mode, "-w", "-t", "\(Self.stopLimit)", "-s"],
                account: ServerAccount.forServer(in: folder.server)
            ).run()
            guard outcome.succeeded else { throw folder.failure("stopping the server", outcome.lastLine) }
            return try status()
        }
    }

    /// `remove`, blocking the calling thread.
    package func removeBlocking() throws(PostgresError) {
        try stopBlocking(immediately: true)
        guard access(folder.server, F_OK) == 0 else { return try removeFolder() }
        let account = ServerAccount.forServer(in: folder.server)
        if let socketFolder = recordedSocketFolder {
            try shell("removing the socket's folder", "rm -rf -- \"$1\"", [socketFolder], account)
        }
        let server = folder.server
        try shell("removing the data", "find \"$1\" -mindepth 1 -delete", [server], account)
        guard rmdir(server) == 0 else { throw folder.failure("removing \(server)") }
        unlink(folder.path + "/server")  // where it was a link
        try removeFolder()
    }

    /// Makes the data folder, whole or not at all.
    private func initialize(
        _ installation: ServerInstallation, _ account: ServerAccount?
    ) throws(PostgresError) {
        try shell("removing what was begun", "rm -rf -- \"$1\"", [folder.unfinishedData], account)
        // Comparing bytes, which is fastest, with the letters of all languages where the system has them.
        let locale = newlocale(1 << LC_CTYPE, "C.UTF-8", nil)
        if let locale { freelocale(locale) }
        let outcome = ServerCommand(
            path: installation.folder + "/initdb",
            arguments: [
                "-D", folder.unfinishedData, "-U", Self.role, "-E", "UTF8", "-k",
                "--locale=\(locale == nil ? "C" : "C.UTF-8")", "--auth-local=trust", "--auth-host=reject",
            ] + (durability == .full ? [] : ["--no-sync"]),
            account: account
        ).run()
        guard outcome.succeeded else { throw folder.failure("initdb", outcome.lastLine) }
        try shell(
            "finishing the data folder",
            "echo \"include_if_exists = '$3'\" >> \"$1/postgresql.conf\"; mv -- \"$1\" \"$2\"",
            [folder.unfinishedData, folder.data, ClusterFolder.settingsName], account)
    }

    private func launch(
        _ installation: ServerInstallation, _ account: ServerAccount?
    ) throws(PostgresError) {
        ServerProcess.removeStaleFile(in: folder.data)
        let socketFolder = try folder.socketFolder(for: account, previous: recordedSocketFolder)
        // By way of a draft, so that a crash leaves the old settings or the new ones.
        try shell(
            "writing the settings",
            "printf %s \"$1\" > \"$2.new\"; mv -- \"$2.new\" \"$2\"; mkdir -p -m 0700 -- \"$3\"",
            [
                ServerSettings(socketFolder: socketFolder, durability: durability).text, folder.settings, socketFolder,
            ], account)
        var log = ServerLog(path: folder.log)

        let command = ServerCommand(
            path: installation.folder + "/pg_ctl",
            arguments: ["start", "-D", folder.data, "-l", folder.log, "-w", "-t", "\(Self.startLimit)", "-s"],
            account: account)
        // A killed server and its children do not vanish at once.
        var outcome = command.run()
        let deadline = ContinuousClock.now + .seconds(Self.predecessorLimit)
        while !outcome.succeeded && log.tellsOfPredecessor && ContinuousClock.now < deadline {
            usleep(Self.pause)
            log.turn()
            outcome = command.run()
        }
        guard outcome.succeeded else {
            throw folder.failure("starting the server", "\(log.lastFatal ?? outcome.firstLine) (see \(folder.log))")
        }
    }

    private func createDatabase() throws(PostgresError) {
        guard let server = ServerProcess(data: folder.data) else {
            throw folder.failure("starting the server", "it ended (see \(folder.log))")
        }
        let url = Self.url(database: "postgres", socketFolder: server.socketFolder, port: server.port)
        let session = try PostgresSession.open(
            PostgresConfiguration(connectionString: url, applicationName: "headcount local"), timeout: .seconds(60))
        let present = try session.query("SELECT FROM pg_database WHERE datname = $1", [Self.database])
        if present.rowCount == 0 { try session.execute("CREATE DATABASE \(Self.database)") }
    }
}
