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
    /// The first images come by the way of lists; a larger backlog is filled in by SQL.
    private static let listed = 200_000

    private let configuration: PostgresConfiguration
    private let connection: PostgresConnection

    /// - Parameter connection: to an empty database.
    public init(_ connection: PostgresConnection) {
        self.connection = connection
        configuration = connection.configuration
    }

    /// Migrates the database and enqueues a set.
    /// - Returns: images enqueued per second by the way of lists.
    public func prepare(images: Int, migrations: [Migration]) async throws -> Double {
        try await Migrator(connection, migrations: migrations).migrate()
        let archive = Archive(connection)
        let manifest = #"{"files":{"openvino":[]},"name":"bench","plan":"native"}"#
        try await archive.addModel(
            name: "bench", manifest: manifest, digest: SHA256Digest(of: Array(manifest.utf8)).description, files: [:],
            makeDefault: true)
        let listed = min(images, Self.listed)
        let lines = LineSource(upTo: listed)
        let clock = ContinuousClock()
        let started = clock.now
        _ = try await archive.enqueue(
            EnqueueRequest(set: Self.set), from: "bench", nextPiece: { lines.next() }, onBadLine: { _ in },
            onProgress: { _ in })
        let seconds = started.duration(to: clock.now) / .seconds(1)
        if images > listed {
            try await connection.execute(
                """
                INSERT INTO headcount.images_1 (set_id, number, url)
                SELECT 1, n, 'http://archive.example.org/pictures/' || n || '.jpg'
                FROM generate_series(\(listed + 1), \(images)) AS n;
                UPDATE headcount.sets SET images = \(images);
                SELECT headcount.extend_run(1);
                """)
        }
        try await connection.execute("VACUUM ANALYZE")
        return Double(listed) / max(seconds, 1e-9)
    }

    /// Leaves the result rows out of the write-ahead log, or logs them again; they are written either way.
    public func logResults(_ logged: Bool) async throws {
        try await connection.execute("ALTER TABLE headcount.counts_1 SET \(logged ? "LOGGED" : "UNLOGGED")")
        try await connection.execute("CHECKPOINT")
    }

    /// Claims and finishes until nothing is left or the time is over.
    /// - Parameter oldSnapshot: true to hold a snapshot open meanwhile, which keeps every dead row.
    public func run(workers: Int, shard: Int, atMost limit: Duration, oldSnapshot: Bool) async throws -> Figures {
        let old = oldSnapshot ? try await PostgresConnection.connect(configuration) : nil
        try await old?.execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM headcount.shards")
        let before = try await walPosition()
        let clock = ContinuousClock()
        let started = clock.now
        let parts = try await withThrowingTaskGroup(of: (images: Int, claims: [Double]).self) { group in
            for _ in 0..<workers {
                group.addTask { try await work(shard: shard, until: started + limit) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let seconds = started.duration(to: clock.now) / .seconds(1)
        let after = try await walPosition()
        await old?.close()
        return Figures(
            images: parts.reduce(0) { $0 + $1.images }, seconds: seconds, walBytes: after - before,
            claims: parts.flatMap(\.claims).sorted())
    }

    private func work(shard: Int, until end: ContinuousClock.Instant) async throws -> (images: Int, claims: [Double]) {
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
            let asked = clock.now
            let shards = try await archive.claim(worker: worker, lease: .seconds(60), images: shard)
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
