import Density
import Digest
import Postgres

extension Archive {
    /// Registers a worker.
    /// - Parameter ticket: the same again where a registration is repeated because its answer was lost.
    /// - Returns: its id, for all that follows.
    public func register(
        _ worker: WorkerRegistration, by ticket: RegistrationTicket = RegistrationTicket()
    ) async throws -> Int {
        let registered = try await connection.query(
            """
            INSERT INTO headcount.workers (host, process, engine, engine_version, card, simulated, version, ticket)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8::text::uuid) ON CONFLICT (ticket) DO NOTHING RETURNING id
            """,
            [
                worker.host, worker.process, worker.engine, worker.engineVersion, worker.card, worker.simulated,
                worker.version, ticket.digits,
            ])
        if let row = registered.first { return try row.decode(Int.self, "id") }
        let before = try await connection.query(
            "SELECT id FROM headcount.workers WHERE ticket = $1::text::uuid", [ticket.digits])
        return try before.first?.decode(Int.self, "id") ?? 0
    }

    /// Leases images of one run.
    /// - Parameters:
    ///   - images: how many are wanted; `nil` for ten seconds of this worker's work, and no more than its share.
    ///   - pace: by which its share is known.
    ///   - maySteal: true to be given, where nothing else is left, what the worker that is done last would come to last.
    ///   - question: what is asked for.
    /// - Returns: none where there is nothing to do at the moment.
    /// - Throws: `ArchiveError.signedOff`, and errors of the database.
    public func claim(
        worker: Int, lease: Duration, images: Int? = nil, from scope: ClaimScope = .all,
        pace: WorkerPace = WorkerPace(), maySteal: Bool = false, _ question: ClaimQuestion = .next
    ) async throws -> [ClaimedShard] {
        let rows = try await unlessSignedOff(
            worker,
            """
            SELECT shard_id, token, run_id, image, url, attempts
            FROM headcount.claim($1, $2 * interval '1 second', $3::integer, $4, $5::integer[], $6, $7, $8,
                $9::integer, $10, $11)
            """,
            [
                worker, lease.seconds, images, scope.set, scope.declinedRuns.sorted(), maySteal, pace.rate,
                pace.inHand, pace.batch, question == .returned, question == .urgent,
            ])
        var claimed: [ClaimedShard] = []
        for row in rows {
            let lease = ShardLease(
                shard: try row.decode(Int.self, "shard_id"), token: try row.decode(Int.self, "token"))
            if claimed.last?.lease != lease {
                claimed.append(ClaimedShard(lease: lease, run: try row.decode(Int.self, "run_id"), images: []))
            }
            claimed[claimed.count - 1].images.append(
                ClaimedShard.Image(
                    number: try row.decode(Int.self, "image"), url: try row.decode(String.self, "url"),
                    attempts: try row.decode(Int.self, "attempts")))
        }
        return claimed
    }

    /// Renews the leases of a worker.
    /// - Parameters:
    ///   - leases: those it believes to hold.
    ///   - rate: images per second as it measures itself; `nil` where it has not.
    /// - Returns: those it does hold, each with the last image that is still its own; work on all else is to be dropped.
    /// - Throws: `ArchiveError.signedOff`, and errors of the database.
    public func heartbeat(
        worker: Int, lease: Duration, holding leases: Set<ShardLease>, rate: Double? = nil
    ) async throws -> [ShardLease: Int] {
        let rows = try await unlessSignedOff(
            worker, "SELECT shard_id, token, last_image FROM headcount.heartbeat($1, $2 * interval '1 second', $3, $4)",
            [worker, lease.seconds, leases.map(\.shard), rate])
        var held: [ShardLease: Int] = [:]
        for row in rows {
            let lease = ShardLease(
                shard: try row.decode(Int.self, "shard_id"), token: try row.decode(Int.self, "token"))
            if leases.contains(lease) { held[lease] = try row.decode(Int.self, "last_image") }
        }
        return held
    }

    private func unlessSignedOff(
        _ worker: Int, _ sql: String, _ parameters: [any PostgresEncodable]
    ) async throws -> PostgresRows {
        do throws(PostgresError) {
            return try await connection.query(sql, parameters)
        } catch {
            if error.sqlState == "55H01" { throw ArchiveError.signedOff(worker: worker) }
            throw error
        }
    }

    /// Writes results of a leased shard in one transaction. Those of images that are no longer the worker's are left out.
    /// - Parameters:
    ///   - postponed: images that leave the shard untried, for a time.
    ///   - finish: true to finish the shard: what is neither counted nor failed nor postponed goes back.
    ///   - preprocessing: what the counts were made with, where it is not the usual.
    /// - Returns: `nil` where the lease is gone, and nothing was written then.
    public func record(
        _ counts: [CountResult], _ failures: [FailureResult], postponed: [PostponedImage] = [], of lease: ShardLease,
        worker: Int, finish: Bool, preprocessing: Int? = nil
    ) async throws -> RecordReceipt? {
        let maps = counts.compactMap { count in count.density.map { (image: count.image, map: $0) } }
        let rows = try await connection.query(
            """
            SELECT last_image, left_out FROM headcount.record($1, $2, $3, $4, $5, $6, $7::smallint[], $8::integer[], $9::integer[], $10, $11,
                $12::smallint, $13::real[], $14::real[], $15::real[], $16, $17::integer[], $18, $19, $20,
                $21, $22::smallint[], $23::smallint[], $24::real[], $25, $26, $27::integer[], $28, $29, $30)
            """,
            [
                worker, lease.shard, lease.token, finish,
                counts.map(\.image), counts.map(\.count), counts.map(\.tiles), counts.map(\.width),
                counts.map(\.height), counts.map(\.pictureDigest.bytes), counts.map(\.pictureBytes),
                preprocessing ?? Preprocessing.version,
                counts.map { $0.times.fetch.milliseconds }, counts.map { $0.times.decode.milliseconds },
                counts.map { $0.times.infer.milliseconds },
                failures.map(\.image), failures.map(\.attempt), failures.map(\.failure.rawValue),
                failures.map(\.detail),
                failures.map { $0.askedDelay?.seconds },
                maps.map(\.image), maps.map(\.map.columns), maps.map(\.map.rows), maps.map(\.map.quantum),
                maps.map(\.map.cells), counts.map(\.etag), counts.map { $0.source?.run },
                counts.map { $0.source?.image }, postponed.map(\.image), postponed.map(\.wait.seconds),
            ])
        guard let row = rows.first, let last = try row.decode(Int?.self, "last_image") else { return nil }
        return RecordReceipt(lastImage: last, leftOut: Set(try row.decode([Int].self, "left_out")))
    }

    /// Gives the images of a leased shard beyond one back at once; nothing where the lease is gone.
    /// - Parameter last: the last image that the worker keeps.
    public func giveUp(_ lease: ShardLease, after last: Int, worker: Int) async throws {
        _ = try await connection.query(
            "SELECT headcount.give_up($1, $2, $3, $4)", [worker, lease.shard, lease.token, last])
    }

    /// Which of these results of a worker the database holds.
    /// - Returns: the numbers of their images.
    public func written(
        _ counts: [CountResult], _ failures: [FailureResult], ofRun run: Int, worker: Int
    ) async throws -> Set<Int> {
        let rows = try await connection.query(
            """
            SELECT image FROM headcount.written($1::integer, $2, $3, $4, $5::integer[]) AS image
            """, [run, worker, counts.map(\.image), failures.map(\.image), failures.map(\.attempt)])
        return Set(try rows.map { try $0.decode(Int.self, "image") })
    }

    /// A notice whenever there may be something to claim that was not there before: images enqueued, a set resumed,
    /// shards given back. One may stand for many of them. Listens on a connection of its own, without end.
    public func notices() -> some AsyncSequence<WorkNotice, Never> & Sendable {
        PostgresListener(connection.configuration).notifications(on: WorkNotice.channel)
            .compactMap { event in
                switch event {
                case .listening: .work
                case .received(_, let payload): WorkNotice(payload: payload)
                case .interrupted: nil
                }
            }
    }

    /// Gives all shards of a worker back and notes that it stopped.
    public func signOff(worker: Int) async throws {
        _ = try await connection.query("SELECT headcount.sign_off($1)", [worker])
    }

    /// True where no run within `scope` that this worker may have work from has anything left, leased or waiting.
    public func isDrained(worker: Int, scope: ClaimScope = .all) async throws -> Bool {
        let rows = try await connection.query(
            "SELECT headcount.is_drained($1, $2, $3::integer[]) AS drained",
            [worker, scope.set, scope.declinedRuns.sorted()])
        return try rows.first?.decode(Bool.self, "drained") ?? true
    }
}

extension Duration {
    var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }

    var milliseconds: Float { Float(seconds * 1000) }
}
