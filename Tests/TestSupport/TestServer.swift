import Concurrency
import FoundationEssentials
import Glibc
import Postgres

/// The PostgreSQL server of one test process, removed at its exit.
///
/// Its folder is named by chance and holds a file that the process keeps locked: what a killed process left is known by
/// its free lock, and removed by the next.
actor TestServer {
    private static let prefix = "headcount-tests-"
    /// What the end of the process removes.
    private static let current = Locked<String?>(nil)

    private let executor = ThreadExecutor(name: "test-server")
    private var outcome: Result<LocalCluster, any Error>?

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// The server, which the first call starts.
    func cluster() throws -> LocalCluster {
        if let outcome { return try outcome.get() }
        let started = Result { try Self.start() }
        outcome = started
        return try started.get()
    }

    private static func start() throws -> LocalCluster {
        let temporary = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        removeAbandoned(in: temporary)
        let folder = try makeFolder(in: temporary)
        let cluster = LocalCluster(folder: folder + "/postgres", durability: .none)
        current.withLock { $0 = folder }
        atexit {
            if let folder = TestServer.current.withLock({ $0 }) { TestServer.remove(folder) }
        }
        try cluster.startBlocking()
        return cluster
    }

    private static func makeFolder(in temporary: String) throws -> String {
        let template = strdup("\(temporary)/\(prefix)XXXXXX")
        defer { free(template) }
        guard let template, mkdtemp(template) != nil else { throw TestServerError.noFolder(temporary, errno) }
        let folder = String(cString: template)
        // Under root the server has an account of its own, which must come through here.
        chmod(folder, 0o755)
        // Locked before it has its name, so that nobody finds it unlocked. It stays open until the process ends.
        let lock = open(folder + "/owner.new", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0, flock(lock, LOCK_EX | LOCK_NB) == 0, rename(folder + "/owner.new", folder + "/owner") == 0
        else { throw TestServerError.noFolder(folder, errno) }
        return folder
    }

    private static func removeAbandoned(in temporary: String) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: temporary)) ?? []
        for name in names where name.hasPrefix(prefix) {
            let folder = "\(temporary)/\(name)"
            let lock = open(folder + "/owner", O_RDWR | O_CLOEXEC)
            guard lock >= 0 else { continue }
            defer { close(lock) }
            guard flock(lock, LOCK_EX | LOCK_NB) == 0 else { continue }
            remove(folder)
        }
    }

    /// What cannot be removed is left: it harms no test.
    private static func remove(_ folder: String) {
        try? LocalCluster(folder: folder + "/postgres").removeBlocking()
        try? FileManager.default.removeItem(atPath: folder)
    }
}

enum TestServerError: Error, CustomStringConvertible {
    case noFolder(String, Int32)

    var description: String {
        switch self {
        case .noFolder(let place, let error):
            "no folder for a test server in \(place): \(String(cString: strerror(error)))"
        }
    }
}
