import Archive
import Concurrency
import Counting
import Density
import Fetch
import HTTPServer
import Imaging
import Inference
import Models
import Postgres
import TestSupport
import Worker

/// A folder of pictures that is served, an archive with the test network, and workers on them: all real.
struct WorkerBench {
    let archive: Archive
    let connection: PostgresConnection
    let folder: TemporaryFolder
    let url: String
    /// Requests that the server had, by their path.
    let requests: Locked<[String: Int]>
    private let server: HTTPServer
    private let databaseURL: String

    static func with<Result>(
        tile: PixelSize = PixelSize(width: 48, height: 32), _ body: (WorkerBench) async throws -> Result
    ) async throws -> Result {
        try await TestDatabase.withFresh { try await with(databaseURL: $0, tile: tile, body) }
    }

    /// The same in a database that the caller made.
    static func with<Result>(
        databaseURL: String, tile: PixelSize = PixelSize(width: 48, height: 32),
        _ body: (WorkerBench) async throws -> Result
    ) async throws -> Result {
        let connection = try await PostgresConnection.connect(
            PostgresConfiguration(connectionString: databaseURL, applicationName: "bench"))
        try await Migrator(connection, migrations: TestArchive.migrations()).migrate()
        let archive = Archive(connection)
        try await TestNetwork.add(to: archive, tile: tile)
        // Retries are of interest, waiting for them is not.
        _ = try await connection.query("UPDATE headcount.failure_classes SET first_delay = '0'")
        let folder = try TemporaryFolder()
        let files = try StaticFiles(folder: folder.path)
        let requests = Locked<[String: Int]>([:])
        let server = try HTTPServer(port: 0) { request in
            requests.withLock { $0[request.path, default: 0] += 1 }
            return files.response(to: request)
        }
        defer { server.stop() }
        return try await body(
            WorkerBench(
                archive: archive, connection: connection, folder: folder, url: server.url, requests: requests,
                server: server, databaseURL: databaseURL))
    }

    func enqueue(
        _ names: [String], set: String = "set", model: String? = nil, plan: TilePlan? = nil, priority: Int = 0
    ) async throws {
        let pieces = Pieces(names.map { $0.contains("://") ? $0 + "\n" : "\(url)/\($0)\n" }.joined())
        _ = try await archive.enqueue(
            EnqueueRequest(set: set, model: model, plan: plan, priority: priority), from: "the test",
            nextPiece: { pieces.next() },
            onBadLine: { _ in }, onProgress: { _ in })
    }

    func write(_ name: String, of size: PixelSize) throws {
        try folder.write(PictureEncoder.png(TestPictures.noise(size, seed: 1)), to: name)
    }

    /// Waits until a condition in SQL holds.
    func wait(until condition: String) async throws {
        try await waitUntil(condition) { try await !connection.query("SELECT WHERE \(condition)").isEmpty }
    }

    /// A worker with a connection of its own.
    /// - Parameter user: as whom it connects; as the owner of the database where `nil`.
    func worker(
        as user: String? = nil,
        allowing networks: [String] = ["127.0.0.0/8"], maximumBytes: Int = 1 << 20, drain: Bool = true,
        store: String? = nil, firstByteTimeout: Duration = .seconds(3), longestRest: Duration = .seconds(5),
        decoder: any PictureDecoding = PictureDecoder(), engines: EngineFactory? = nil,
        metrics: WorkerMetrics = WorkerMetrics(), settings change: (inout WorkerSettings) -> Void = { _ in },
        onEvent: @escaping @Sendable (WorkerEvent) -> Void = { _ in },
        onProgress: @escaping @Sendable (WorkerProgress) -> Void = { _ in }
    ) async throws -> Worker {
        var settings = WorkerSettings(cores: 2, machineMemory: 1 << 30)
        settings.drain = drain
        settings.idleInterval = .milliseconds(10)
        settings.recordInterval = .milliseconds(50) ... .milliseconds(50)
        change(&settings)
        var fetching = FetchConfiguration()
        fetching.maximumBytes = maximumBytes
        fetching.firstByteTimeout = firstByteTimeout
        fetching.longestRest = longestRest
        fetching.allowedNetworks = try networks.map { try Network($0) }
        let configuration = PostgresConfiguration(connectionString: databaseURL, applicationName: "worker")
        let own = try await PostgresConnection.connect(
            user.map { configuration.loggingIn(as: $0) } ?? configuration)
        let engines = try engines ?? TestNetwork.engines()
        return Worker(
            archive: Archive(own),
            registration: WorkerRegistration(
                host: "test", process: 1, engine: "openvino", engineVersion: engines.identity.version, card: "cpu",
                simulated: false, version: "test"),
            engines: engines, store: ModelStore(folder: store ?? folder.path + "/.store"),
            fetcher: try Fetcher(fetching),
            decoder: decoder, settings: settings, metrics: metrics, onEvent: onEvent, onProgress: onProgress)
    }

    /// The count of every image that has one, by its URL's last part.
    func counts(set: String = "set") async throws -> [String: Double] {
        let found = Locked<[String: Double]>([:])
        try await archive.results(ofSet: set) { count in
            found.withLock { $0[String(count.url.split(separator: "/").last ?? "")] = count.count }
        }
        return found.withLock { $0 }
    }

    /// The class of every final failure, by the URL's last part.
    func failures() async throws -> [String: String] {
        let rows = try await connection.query("SELECT url, class::text AS class FROM headcount.failed_images")
        return try Dictionary(
            rows.map { row in
                let url = try row.decode(String.self, "url")
                return (String(url.split(separator: "/").last ?? ""), try row.decode(String.self, "class"))
            }, uniquingKeysWith: { first, _ in first })
    }
}
