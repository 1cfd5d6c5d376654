import Postgres

extension Archive {
    /// How far each run is, the newest last; of one set where a name is given.
    /// - Throws: `ArchiveError.unknownSet`.
    public func progress(ofSet set: String? = nil) async throws -> [RunProgress] {
        if let set { try await requireSet(set) }
        return try await connection.query(
            "SELECT \(Self.progressColumns) FROM headcount.progress WHERE $1::text IS NULL OR set_name = $1 "
                + "ORDER BY run_id", [set]
        ).map(Self.progress)
    }

    /// What is left of the runs that are being counted, of one set where a name is given. Runs that are over are not looked
    /// at, however many there are.
    public func rest(ofSet set: String? = nil) async throws -> RemainingWork {
        let row = try await connection.query(
            """
            SELECT coalesce(sum(p.pending), 0)::bigint AS pending,
                coalesce(sum(p.images_per_second), 0)::double precision AS images_per_second
            FROM headcount.progress p
            WHERE p.state IN ('counting', 'waiting') AND p.run_id = ANY (ARRAY(
                SELECT r.id FROM headcount.runs r JOIN headcount.sets s ON s.id = r.set_id
                WHERE r.wish = 'active' AND r.is_open AND ($1::text IS NULL OR s.name = $1)))
            """, [set]
        ).first
        return RemainingWork(
            pending: try row?.decode(Int.self, "pending") ?? 0,
            imagesPerSecond: try row?.decode(Double.self, "images_per_second") ?? 0)
    }

    /// How far one run is, within a transaction; `nil` where there is no such run.
    static func progress(over connection: isolated PostgresConnection, ofRun run: Int) throws -> RunProgress? {
        try connection.query(
            "SELECT \(progressColumns) FROM headcount.progress WHERE run_id = $1::integer", [run]
        ).first.map(progress)
    }

    private static let progressColumns = """
        set_name, run_id, state, images, counted, failed, pending, images_per_second,
        extract(epoch FROM eta)::double precision AS eta, model, plan, priority::integer AS priority,
        simulated, \(isoTime("created_at")), \(isoTime("last_at"))
        """

    private static func progress(_ row: PostgresRow) throws -> RunProgress {
        RunProgress(
            setName: try row.decode(String.self, "set_name"), runID: try row.decode(Int.self, "run_id"),
            state: try row.decode(String.self, "state"), images: try row.decode(Int.self, "images"),
            counted: try row.decode(Int.self, "counted"), failed: try row.decode(Int.self, "failed"),
            pending: try row.decode(Int.self, "pending"),
            imagesPerSecond: try row.decode(Double?.self, "images_per_second"),
            eta: try row.decode(Double?.self, "eta"), model: try row.decode(String.self, "model"),
            plan: try row.decode(String.self, "plan"), priority: try row.decode(Int.self, "priority"),
            simulated: try row.decode(Bool.self, "simulated"),
            createdAt: try row.decode(String.self, "created_at"),
            lastAt: try row.decode(String?.self, "last_at"))
    }

    /// Final failures of a run, per class, the most frequent first.
    public func failures(ofRun run: Int) async throws -> [(failure: String, meaning: String, images: Int)] {
        let rows = try await connection.query(
            """
            SELECT class::text AS class, meaning, count(*) AS images FROM headcount.failed_images
            WHERE run_id = $1 GROUP BY class, meaning ORDER BY images DESC, class
            """, [run])
        return try rows.map { row in
            (
                try row.decode(String.self, "class"), try row.decode(String.self, "meaning"),
                try row.decode(Int.self, "images")
            )
        }
    }

    /// Hands out every count of a set's newest run, or of another of its runs, in the order of the images, in constant
    /// memory.
    /// - Throws: `ArchiveError.unknownSet`, and what `body` throws. `body` runs on the connection's thread.
    public func results(
        ofSet set: String, run: Int? = nil, _ body: @Sendable (ImageCount) throws -> Void
    ) async throws {
        try await requireSet(set)
        try await connection.stream(
            """
            SELECT run_id, model, url, count, key, width, height, tiles::integer AS tiles, plan, engine, card,
                simulated, picture_digest,
                \(Self.isoTime("counted_at"))
            FROM headcount.results
            WHERE set_name = $1 AND run_id = coalesce($2::integer, (
                SELECT max(r.id) FROM headcount.runs r JOIN headcount.sets s ON s.id = r.set_id WHERE s.name = $1))
            ORDER BY image
            """, [set, run]
        ) { row in
            try body(
                ImageCount(
                    runID: try row.decode(Int.self, "run_id"), model: try row.decode(String.self, "model"),
                    url: try row.decode(String.self, "url"), count: try row.decode(Double.self, "count"),
                    key: try row.decode(String?.self, "key"), width: try row.decode(Int.self, "width"),
                    height: try row.decode(Int.self, "height"), tiles: try row.decode(Int.self, "tiles"),
                    plan: try row.decode(String.self, "plan"), engine: try row.decode(String.self, "engine"),
                    card: try row.decode(String.self, "card"), simulated: try row.decode(Bool.self, "simulated"),
                    pictureDigest: try row.decode(String.self, "picture_digest"),
                    countedAt: try row.decode(String.self, "counted_at")))
        }
    }

    /// SQL for a column as ISO 8601 in UTC, under its own name.
    static func isoTime(_ column: String) -> String {
        "to_char(\(column) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"') AS \(column)"
    }

    func requireSet(_ name: String) async throws {
        let rows = try await connection.query("SELECT FROM headcount.sets WHERE name = $1", [name])
        if rows.isEmpty { throw ArchiveError.unknownSet(name) }
    }
}
