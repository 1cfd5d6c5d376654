public import Archive
import Digest
public import Postgres

/// Archives for tests, each in a database of its own.
public enum TestArchive {
    /// The manifest of a model that only the queue knows: no worker can run it.
    public static let manifest = #"{"files":{"openvino":[]},"name":"nobody","plan":"native"}"#

    /// Runs `body` with an archive that holds one model, the default.
    public static func withFresh<Result>(
        _ body: (_ archive: Archive, _ connection: PostgresConnection) async throws -> Result
    ) async throws -> Result {
        try await TestDatabase.withConnection { connection in
            try await Migrator(connection, migrations: migrations()).migrate()
            let archive = Archive(connection)
            try await archive.addModel(
                name: "nobody", manifest: manifest, digest: digest(),
                files: [:], makeDefault: true)
            return try await body(archive, connection)
        }
    }

    /// What the manifest is known by.
    public static func digest() throws -> String {
        try SHA256Digest(of: Array(manifest.utf8)).description
    }

    /// The project's own migrations.
    public static func migrations() throws -> [Migration] {
        try Migration.all(in: Checkout.root + "/Migrations")
    }
}

extension Archive {
    /// A worker that nobody runs.
    public func registerTestWorker(engine: String = "openvino") async throws -> Int {
        try await register(
            WorkerRegistration(
                host: "test", process: 1, engine: engine, engineVersion: "0", card: "cpu", simulated: false,
                version: "0"))
    }

    /// Enqueues URLs by SQL, as psql would.
    public func enqueueForTest(_ set: String, images: Int, prefix: String = "http://host/") async throws {
        var list = ""
        for number in 1...images { list += "\(prefix)\(number).jpg\n" }
        try await enqueueForTest(set, list: list)
    }

    /// Enqueues a list.
    @discardableResult
    public func enqueueForTest(_ set: String, list: String, priority: Int = 0) async throws -> EnqueueSummary {
        let pieces = Pieces(list)
        return try await enqueue(
            EnqueueRequest(set: set, priority: priority), from: "list", nextPiece: { pieces.next() },
            onBadLine: { _ in }, onProgress: { _ in })
    }
}
