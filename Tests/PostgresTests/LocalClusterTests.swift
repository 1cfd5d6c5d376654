import FoundationEssentials
import Glibc
import Postgres
import TestSupport
import Testing

@Suite struct LocalClusterTests {
    /// Runs `body` with a cluster's folder that is not there yet, and removes what became of it.
    private func withFolder(
        _ name: String = "postgres", durability: LocalCluster.Durability = .none,
        _ body: (LocalCluster) async throws -> Void
    ) async throws {
        let template = strdup("/tmp/headcount-cluster-XXXXXX")
        defer { free(template) }
        let parent = try #require(template.flatMap { mkdtemp($0) }.map { String(cString: $0) })
        chmod(parent, 0o755)
        let cluster = LocalCluster(folder: "\(parent)/\(name)", durability: durability)
        do {
            try await body(cluster)
        } catch {
            try? await cluster.remove()
            try? FileManager.default.removeItem(atPath: parent)
            throw error
        }
        try await cluster.remove()
        try FileManager.default.removeItem(atPath: parent)
    }

    private func connect(_ cluster: LocalCluster) async throws -> PostgresConnection {
        try await PostgresConnection.connect(
            PostgresConfiguration(connectionString: try cluster.url(), applicationName: "tests"))
    }

    private struct DoesNotRun: Error {
        let status: LocalClusterStatus
    }

    private func server(_ status: LocalClusterStatus) throws -> LocalServer {
        guard case .running(let server) = status else { throw DoesNotRun(status: status) }
        return server
    }

    @Test("A cluster starts, keeps what was written over a stop, and starts again, each as often as it is told to")
    func lifeCycle() async throws {
        try await withFolder { cluster in
            guard case .absent(let folder) = try cluster.status() else {
                Issue.record("something is there already")
                return
            }
            #expect(throws: PostgresError.localAbsent(folder: folder)) { try cluster.url() }

            let first = try server(try await cluster.start()).processID
            let again = try server(try await cluster.start()).processID
            #expect(first == again)
            try await connect(cluster).execute("CREATE TABLE t (id int); INSERT INTO t VALUES (1)")

            guard case .stopped = try await cluster.stop() else {
                Issue.record("it runs on")
                return
            }
            try await cluster.stop()
            #expect(throws: PostgresError.localStopped(folder: folder)) { try cluster.url() }

            try await cluster.start()
            let rows = try await connect(cluster).query("SELECT id FROM t").count
            #expect(rows == 1)
        }
    }

    @Test("What is kept is kept safely, and only the owner comes in")
    func safety() async throws {
        try await withFolder(durability: .full) { cluster in
            let server = try server(try await cluster.start())
            let db = try await connect(cluster)
            for (name, value) in [
                ("fsync", "on"), ("full_page_writes", "on"), ("synchronous_commit", "on"), ("data_checksums", "on"),
                ("listen_addresses", ""), ("server_encoding", "UTF8"), ("logging_collector", "off"),
                ("max_wal_size", "4GB"), ("wal_compression", "pglz"),
            ] {
                let row = try #require(try await db.query("SELECT current_setting($1) AS v", [name]).first)
                #expect(try row.decode(String.self, "v") == value, "\(name)")
            }
            for folder in [server.socketFolder, server.data] {
                var attributes = stat()
                #expect(stat(folder, &attributes) == 0)
                #expect(attributes.st_mode & 0o077 == 0, "\(folder)")
                #expect(attributes.st_uid != 0, "\(folder) belongs to root")
            }
        }
    }

    @Test("A server that was killed starts again, and what was committed is there")
    func killed() async throws {
        try await withFolder(durability: .full) { cluster in
            let victim = try server(try await cluster.start()).processID
            let db = try await connect(cluster)
            try await db.execute("CREATE TABLE t (id int)")
            try await db.execute("INSERT INTO t VALUES (1)")
            kill(victim, SIGKILL)

            let successor = try server(try await cluster.start()).processID
            #expect(successor != victim)
            let rows = try await connect(cluster).query("SELECT id FROM t").count
            #expect(rows == 1)
            let error = await #expect(throws: PostgresError.self) { try await db.query("SELECT 1") }
            #expect(error?.isConnectionLost == true)
        }
    }

    @Test("The number of a killed server may have gone to another program")
    func reusedNumber() async throws {
        try await withFolder { cluster in
            let data = try server(try await cluster.start()).data
            let file = data + "/postmaster.pid"
            let contents = try #require(FileManager.default.contents(atPath: file))
            try await cluster.stop(immediately: true)
            let lines = String(decoding: contents, as: UTF8.self).split(separator: "\n").dropFirst()
            // This process is alive and no server.
            let stale = ["\(getpid())"] + lines.map { String($0) } + [""]
            #expect(FileManager.default.createFile(atPath: file, contents: Data(stale.joined(separator: "\n").utf8)))
            guard case .stopped = try cluster.status() else {
                Issue.record("another program passes for the server")
                return
            }
            let started = try server(try await cluster.start()).processID
            #expect(started != getpid())
        }
    }

    @Test("Of several that start it at once, one starts it and all find it running")
    func startedAtOnce() async throws {
        try await withFolder { cluster in
            let processIDs = try await withThrowingTaskGroup(of: Int32.self) { group in
                for _ in 0..<2 {
                    group.addTask { try self.server(try await cluster.start()).processID }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(processIDs.count == 2)
            #expect(Set(processIDs).count == 1)
        }
    }

    @Test("A folder whose name is too long for a socket has its socket elsewhere")
    func longName() async throws {
        try await withFolder(String(repeating: "so l'o'ng ", count: 11)) { cluster in
            let first = try server(try await cluster.start())
            let row = try #require(try await connect(cluster).query("SELECT 1 AS v").first)
            #expect(try row.decode(Int.self, "v") == 1)
            #expect(!first.socketFolder.hasPrefix(first.data))
            try await cluster.stop()
            let second = try server(try await cluster.start())
            #expect(second.socketFolder == first.socketFolder)
        }
    }

    @Test(
        "A folder whose name a shell would read something into is refused", arguments: ["a\"b", "$HOME", "`id`", "a\\"])
    func specialNames(_ name: String) async {
        await #expect(throws: PostgresError.self) {
            try await LocalCluster(folder: "/nonexistent/\(name)").start()
        }
    }

    @Test(
        "Root's closed folders do not keep the server's account out",
        .enabled(if: geteuid() == 0, "only root runs the server under another account"))
    func closedParent() async throws {
        try await withFolder("closed/postgres") { cluster in
            let status = try cluster.status()
            guard case .absent(let folder) = status else {
                Issue.record("something is there already: \(status)")
                return
            }
            let closed = String(folder.dropLast("/postgres".count))
            #expect(mkdir(closed, 0o700) == 0)
            let data = try server(try await cluster.start()).data
            #expect(!data.hasPrefix(closed))
            let rows = try await connect(cluster).query("SELECT 1").count
            #expect(rows == 1)
        }
    }
}
