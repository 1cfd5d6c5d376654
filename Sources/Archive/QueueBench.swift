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

    /// Claims and finishes, as workers do that count so fast that ten seconds of their work are `shard` images, until so
    /// many images are done or the time is over.
    /// - Parameters:
    ///   - shard: images of a claim, as long as there are many left.
    ///   - picturesDiffer: true for a digest of its own with every count, as they mostly have; what it costs to index
    ///     them is part of the results' cost, not of the queue's.
    public func run(
        workers: Int, shard: Int, images: Int, picturesDiffer: Bool, atMost limit: Duration
    ) async throws -> Figures {
        let before = try await walPosition()
        let clock = ContinuousClock()
        let started = clock.now
        let rest = Locked(images)
        let parts = try await withThrowingTaskGroup(of: (images: Int, claims: [Double]).self) { group in
            for _ in 0..<workers {
                group.addTask {
                    try await work(shard: shard, of: rest, picturesDiffer: picturesDiffer, until: started + limit)
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let seconds = started.duration(to: clock.now) / .seconds(1)
        let after = try await walPosition()
        return Figures(
            images: parts.reduce(0) { $0 + $1.images }, seconds: seconds, walBytes: after - before,
            claims: parts.flatMap(\.claims).sorted())
    }

    /// - Parameter rest: images that are still to be claimed, all workers together.
    private func work(
        shard: Int, of rest: Locked<Int>, picturesDiffer: Bool, until end: ContinuousClock.Instant
    ) async throws -> (images: Int, claims: [Double]) {
        let archive = Archive(try await PostgresConnection.connect(configuration))
        let worker = try await archive.register(
            WorkerRegistration(
                host: "bench", process: 0, engine: "openvino", engineVersion: "", card: "none", simulated: true,
                version: ""))
        let pace = WorkerPace(rate: Double(shard) / 10)
        let times = StepTimes(fetch: .zero, decode: .zero, infer: .zero)
        let clock = ContinuousClock()
        var images = 0
        var claims: [Double] = []
        while clock.now < end, rest.withLock({ $0 }) > 0 {
            let asked = clock.now
            let shards = try await archive.claim(worker: worker, lease: .seconds(60), pace: pace)
            claims.append(asked.duration(to: clock.now) / .milliseconds(1))
            if shards.isEmpty { break }
            let claimed = shards.reduce(0) { $0 + $1.images.count }
            rest.withLock { $0 -= claimed }
            for shard in shards {
                let counts = shard.images.map {
                    CountResult(
                        image: $0.number, count: Double($0.number % 100), tiles: 1, width: 1024, height: 768,
                        pictureDigest: Self.digest(of: picturesDiffer ? $0.number : 0), pictureBytes: 100_000,
                        times: times)
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

    /// Of no picture, and another for every image.
    private static func digest(of image: Int) -> SHA256Digest {
        // Spread over all values, by an odd multiplier near the golden ratio.
        let word = UInt64(image) &* 0x9E37_79B9_7F4A_7C15
        return SHA256Digest(
            bytes: (0..<SHA256Digest.size).map { UInt8(truncatingIfNeeded: word >> UInt64(56 - $0 % 8 * 8)) })
    }

    private func walPosition() async throws -> Int {
        try await connection.query("SELECT (pg_current_wal_lsn() - '0/0')::bigint AS position")
            .first?.decode(Int.self, "position") ?? 0
    }
}
