import Archive
import Arguments
import Concurrency
import Counting
import Density
import Fetch
import Glibc
import HTTPServer
import Imaging
import Inference
import Models
import Postgres
import Worker

/// A private PostgreSQL and a server of pictures on this machine, for as long as something is measured.
struct BenchArchive {
    let archive: Archive
    let databaseURL: String
    private let folder: BenchFolder
    private let images: Int
    private let sizes: [PixelSize]
    private let tile: PixelSize
    private let stride: Int

    /// Runs `body` with an archive in which a set of so many pictures waits to be counted.
    static func with<Result>(
        _ invocation: Invocation, images: Int, pictures: [(bytes: [UInt8], size: PixelSize)], plan: TilePlan,
        _ body: (BenchArchive) async throws -> Result
    ) async throws -> Result {
        let name = invocation.value(of: "model") ?? BundledModel.crowd.rawValue
        let path = try BundledModel(rawValue: name)?.manifestPath() ?? name
        return try await with(manifestAt: path, images: images, pictures: pictures, plan: plan, body)
    }

    /// The same with a model of its own.
    static func with<Result>(
        manifestAt path: String, images: Int, pictures: [(bytes: [UInt8], size: PixelSize)], plan: TilePlan,
        _ body: (BenchArchive) async throws -> Result
    ) async throws -> Result {
        let package = try ModelPackage(manifestAt: path)
        let manifest = package.manifest
        let folder = try BenchFolder()
        let cluster = LocalCluster(folder: folder.path + "/postgres")
        let server = try HTTPServer(port: 0) { request in
            guard let number = Int(request.path.dropFirst().prefix { $0 != "." }), number >= 0 else {
                return .refusal(404, "No")
            }
            return HTTPResponse(status: 200, body: .bytes(pictures[number % pictures.count].bytes))
        }
        defer { server.stop() }
        do {
            try await cluster.start()
            let result = try await withArchive(at: try cluster.url()) { archive in
                _ = try await package.add(to: archive, makeDefault: true)
                try await enqueue(images, from: server.url, plan: plan, into: archive)
                return try await body(
                    BenchArchive(
                        archive: archive, databaseURL: try cluster.url(), folder: folder, images: images,
                        sizes: pictures.map(\.size),
                        tile: PixelSize(width: manifest.input.width, height: manifest.input.height),
                        stride: manifest.output.stride))
            }
            try await cluster.remove()
            return result
        } catch {
            try? await cluster.remove()
            throw error
        }
    }

    /// A worker with a connection of its own.
    func worker(
        _ engines: EngineFactory, _ decoder: any PictureDecoding, _ settings: WorkerSettings, _ metrics: WorkerMetrics,
        onProgress: @escaping @Sendable (WorkerProgress) -> Void
    ) async throws -> Worker {
        let connection = try await PostgresConnection.connect(
            PostgresConfiguration(connectionString: databaseURL, applicationName: "headcount bench"))
        var fetching = FetchConfiguration()
        fetching.allowedNetworks = [try Network("127.0.0.0/8")]
        let engine = engines.identity
        return Worker(
            archive: Archive(connection),
            registration: WorkerRegistration(
                host: HostName.current, process: Int(getpid()), engine: engine.kind.rawValue,
                engineVersion: engine.version, card: engine.device, simulated: engine.simulated,
                version: Version.current),
            engines: engines, store: ModelStore(folder: folder.path + "/models"), fetcher: try Fetcher(fetching),
            decoder: decoder, settings: settings, metrics: metrics, onProgress: onProgress)
    }

    /// Tiles that the pictures are cut into in all.
    func tiles(_ plan: TilePlan) throws -> Int {
        let tiles = sizes.map { plan.layout(of: $0, tile: tile, stride: stride).count }
        return (0..<images).reduce(0) { $0 + tiles[$1 % sizes.count] }
    }

    private static func withArchive<Result>(
        at url: String, _ body: (Archive) async throws -> Result
    ) async throws -> Result {
        let connection = try await PostgresConnection.connect(
            PostgresConfiguration(connectionString: url, applicationName: "headcount bench"))
        try await Migrator(connection, migrations: Migration.all(in: SharedFiles.migrations())).migrate()
        let result = try await body(Archive(connection))
        await connection.close()
        return result
    }

    private static func enqueue(
        _ images: Int, from url: String, plan: TilePlan, into archive: Archive
    ) async throws {
        let next = Locked(0)
        _ = try await archive.enqueue(
            EnqueueRequest(set: "bench", plan: plan), from: "the bench's own list",
            nextPiece: {
                next.withLock { next in
                    defer { next += 1 }
                    return next < images ? Array("\(url)/\(next).jpg\n".utf8) : nil
                }
            },
            onBadLine: { _ in }, onProgress: { _ in })
    }
}
