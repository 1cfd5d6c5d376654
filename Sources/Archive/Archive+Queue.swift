import Density
import Digest
import Postgres

extension Archive {
    /// Registers a worker.
    /// - Returns: its id, for all that follows.
    public func register(_ worker: WorkerRegistration) async throws -> Int {
        let rows = try await connection.query(
            """
            INSERT INTO headcount.workers (host, process, engine, engine_version, card, simulated, version)
            VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id
            """,
            [
                worker.host, worker.process, worker.engine, worker.engineVersion, worker.card, worker.simulated,
                worker.version,
            ])
        return try rows.first?.decode(Int.self, "id") ?? 0
    }

    /// Leases up to `shards` shards.
    /// - Returns: none where there is nothing to do at the moment.
    public func claim(worker: Int, lease: Duration, shards: Int, from scope: ClaimScope = .all) async throws
        -> [ClaimedShard]
    {
        let rows = try await connection.query(
            """
            SELECT shard_id, token, run_id, image, url, attempts
            FROM headcount.claim($1, $2 * interval '1 second', $3, $4, $5::integer[])
            """, [worker, lease.seconds, shards, scope.set, scope.declinedRuns.sorted()])
        var claimed: [ClaimedShard] = []
        for row in rows {
            let lease = ShardLease(
                shard: try row.decode(Int.self, "shard_id"), token: try row.decode(Int.self, "token"))
            if claimed.last?.lease != lease {
                claimed.append(ClaimedShard(lease: lease, run: try row.decode(Int.self, "run_id"), images: []))
            }
            guard let number = try row.decode(Int?.self, "image") else { continue }
            claimed[claimed.count - 1].images.append(
                ClaimedShard.Image(
                    number: number, url: try row.decode(String.self, "url"),
                    attempts: try row.decode(Int.self, "attempts")))
        }
        return claimed
    }

    /// Renews every lease of a worker.
    /// - Returns: the leases it still holds; work on any other is to be dropped.
    public func heartbeat(worker: Int, lease: Duration) async throws -> Set<ShardLease> {
        let rows = try await connection.query(
            "SELECT shard_id, token FROM headcount.heartbeat($1, $2 * interval '1 second')", [worker, lease.seconds])
        return Set(
            try rows.map { row in
                ShardLease(shard: try row.decode(Int.self, "shard_id"), token: try row.decode(Int.self, "token"))
            })
    }

    /// Writes results of a leased shard in one transaction.
    /// - Parameter finish: true to finish the shard: what is neither counted nor failed for good goes back.
    /// - Returns: false where the lease is gone; nothing was written then.
    public func record(
        _ counts: [CountResult], _ failures: [FailureResult], of lease: ShardLease, worker: Int, finish: Bool
    ) async throws -> Bool {
        let rows = try await connection.query(
            """
            SELECT headcount.record($1, $2, $3, $4, $5, $6, $7::smallint[], $8::integer[], $9::integer[], $10, $11,
                $12::smallint, $13::real[], $14::real[], $15::real[], $16, $17::integer[], $18, $19, $20) AS held
            """,
            [
                worker, lease.shard, lease.token, finish,
                counts.map(\.image), counts.map(\.count), counts.map(\.tiles), counts.map(\.width),
                counts.map(\.height), counts.map(\.pictureDigest.bytes), counts.map(\.pictureBytes),
                Preprocessing.version,
                counts.map { $0.times.fetch.milliseconds }, counts.map { $0.times.decode.milliseconds },
                counts.map { $0.times.infer.milliseconds },
                failures.map(\.image), failures.map(\.attempt), failures.map(\.failure.rawValue),
                failures.map(\.detail),
                failures.map { $0.askedDelay?.seconds },
            ])
        return try rows.first?.decode(Bool.self, "held") ?? false
    }

    /// Gives all shards of a worker back and notes that it stopped.
    public func signOff(worker: Int) async throws {
        _ = try await connection.query("SELECT headcount.sign_off($1)", [worker])
    }

    /// True where no run within `scope` has anything left to count, leased or waiting, that `engine` can count.
    public func isDrained(engine: String, scope: ClaimScope = .all) async throws -> Bool {
        let rows = try await connection.query(
            "SELECT NOT EXISTS (SELECT FROM headcount.open_runs($1, $2, $3::integer[])) AS drained",
            [engine, scope.set, scope.declinedRuns.sorted()])
        return try rows.first?.decode(Bool.self, "drained") ?? true
    }
}

extension Duration {
    var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }

    var milliseconds: Float { Float(seconds * 1000) }
}
