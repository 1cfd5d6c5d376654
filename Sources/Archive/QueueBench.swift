import Concurrency
import Digest
public import Postgres

/// Measures the queue without pictures, in a database that holds nothing else.
///
/// Workers on connections of their own claim shards and finish them with made-up counts, through the very functions
/// that workers call.
public struct QueueBench: Sendable {
    /// What was measured of claiming and finishing.
    public struct Figures: Sendable {
        /// Images that were claimed and finished.
        public let images: Int
        /// How long that took.
        public let seconds: Double
        /// Bytes of write-ahead log meanwhile.
        public let walBytes: Int
        /// How long each claim took, in milliseconds, ascending.
        public let claims: [Double]

        /// Images claimed and finished per second.
        public var imagesPerSecond: Double { Double(images) / max(seconds, 1e-9) }
        /// Bytes of write-ahead log per image.
        public var walBytesPerImage: Double { Double(walBytes) / Double(max(images, 1)) }

        /// Milliseconds that so large a share of the claims did not pass.
        public func claim(percentile share: Double) -> Double {
            guard !claims.isEmpty else { return 0 }
            return claims[min(claims.count - 1, Int(Double(claims.count) * share))]
        }
    }

    private static let set = "bench"

    private let configuration: PostgresConfiguration
    private let connection: PostgresConnection

    /// - Parameter connection: to an empty database.
    public init(_ connection: PostgresConnection) {
        self.connection = connection
        configuration = connection.configuration
    }

    /// Migrates the database, and adds a model that nobody can run.
    public func prepare(migrations: [Migration]) async throws {
        try await Migrator(connection, migrations: migrations).migrate()
        let manifest = #"{"files":{"openvino":[]},"name":"bench","plan":"native"}"#
        try await Archive(connection).addModel(
            name: "bench", manifest: manifest, digest: SHA256Digest(of: Array(manifest.utf8)).description, files: [:],
            makeDefault: true)
    }

    /// Enqueues a list as people do.
    /// - Returns: images per second.
    public func enqueue(_ nextPiece: @Sendable () throws -> [UInt8]?) async throws -> Double {
        let clock = ContinuousClock()
        let started = clock.now
        let summary = try await Archive(connection).enqueue(
            EnqueueRequest(set: Self.set), from: "bench", nextPiece: nextPiece, onBadLine: { _ in },
            onProgress: { _ in })
        return Double(summary.added) / max(started.duration(to: clock.now) / .seconds(1), 1e-9)
    }

    /// Fills the set up to so many images, by SQL.
    public func fill(from first: Int, to last: Int) async throws {
        if first <= last {
            try await connection.execute(
                """
                INSERT INTO headcount.images_1 (set_id, number, url)
                SELECT 1, n, 'http://archive.example.org/pictures/' || n || '.jpg'
                FROM generate_series(\(first), \(last)) AS n;
                UPDATE headcount.sets SET images = \(last);
                SELECT headcount.extend_run(1);
                """)
        }
        try await connection.execute("VACUUM ANALYZE")
    }

    /// Leaves the result rows out of the write-ahead log, or logs them again; they are written either way.
    public func logResults(_ logged: Bool) async throws {
        try await connection.execute("ALTER TABLE headcount.counts_1 SET \(logged ? "LOGGED" : "UNLOGGED")")
        try await connection.execute("CHECKPOINT")
    }

    /// Runs `body` while a snapshot is held open, which keeps every dead row.
    public func withOldSnapshot<Result>(_ body: () async throws -> Result) async throws -> Result {
        let old = try await PostgresConnection.connect(configuration)
        try await old.execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM headcount.shards")
        let result = try await body()
        await old.close()
        return result
    }

    /// Claims and finishes until so many images are done or the time is over.
    public func run(workers: Int, shard: Int, images: Int, atMost limit: Duration) async throws -> Figures {
        let before = try await walPosition()
        let clock = ContinuousClock()
        let started = clock.now
        let rest = Locked(images)
        let parts = try await withThrowingTaskGroup(of: (images: Int, claims: [Double]).self) { group in
            for _ in 0..<workers {
                group.addTask { try await work(shard: shard, of: rest, until: started + limit) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let seconds = started.duration(to: clock.now) / .seconds(1)
        let after = try await walPosition()
        return Figures(
            images: parts.reduce(0) { $0 + $1.images }, seconds: seconds, walBytes: after - before,
            claims: parts.flatMap(\.claims).sorted())
    }

    /// - Parameter rest: images that no worker went for yet.
    private func work(
        shard: Int, of rest: Locked<Int>, until end: ContinuousClock.Instant
    ) async throws -> (images: Int, claims: [Double]) {
        let archive = Archive(try await PostgresConnection.connect(configuration))
        let worker = try await archive.register(
            WorkerRegistration(
                host: "bench", process: 0, engine: "openvino", engineVersion: "", card: "none", simulated: true,
                version: ""))
        let digest = try SHA256Digest(of: [])
        let times = StepTimes(fetch: .zero, decode: .zero, infer: .zero)
        let clock = ContinuousClock()
        var images = 0
        var claims: [Double] = []
        while clock.now < end {
            let wanted = rest.withLock { rest in
                let wanted = min(rest, shard)
                rest -= wanted
                return wanted
            }
            if wanted == 0 { break }
            let asked = clock.now
            let shards = try await archive.claim(worker: worker, lease: .seconds(60), images: wanted)
            claims.append(asked.duration(to: clock.now) / .milliseconds(1))
            if shards.isEmpty { break }
            for shard in shards {
                let counts = shard.images.map {
                    CountResult(
                        image: $0.number, count: Double($0.number % 100), tiles: 1, width: 1024, height: 768,
                        pictureDigest: digest, pictureBytes: 100_000, times: times)
                }
                guard try await archive.record(counts, [], of: shard.lease, worker: worker, finish: true) != nil else {
                    throw ArchiveError.unknownRun(shard.run)
                }
                images += counts.count
            }
        }
        try await archive.signOff(worker: worker)
        await archive.close()
        return (images, claims)
    }

    private func walPosition() async throws -> Int {
        try await connection.query("SELECT (pg_current_wal_lsn() - '0/0')::bigint AS position")
            .first?.decode(Int.self, "position") ?? 0
    }
}
