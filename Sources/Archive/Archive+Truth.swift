import Postgres

extension Archive {
    /// A run and what it counted with.
    /// - Parameters:
    ///   - set: the run's set; any where `nil`.
    ///   - id: the run; the set's newest where `nil`.
    /// - Throws: `ArchiveError.unknownSet`, `.foreignRun` or `.unknownRun`.
    public func evaluatedRun(ofSet set: String?, run id: Int?) async throws -> EvaluatedRun {
        if let set { _ = try await progress(ofSet: set) }
        let rows = try await connection.query(
            """
            SELECT r.id, s.name AS set_name, m.name AS model, m.digest, r.plan,
                coalesce(w.engines, '') AS engines, coalesce(w.invented, false) AS invented,
                coalesce(w.simulated, false) AS simulated
            FROM headcount.runs r
            JOIN headcount.sets s ON s.id = r.set_id
            JOIN headcount.models m ON m.id = r.model_id
            CROSS JOIN LATERAL (
                SELECT string_agg(DISTINCT k.engine, ', ' ORDER BY k.engine) AS engines,
                    bool_or(k.engine = 'simulated') AS invented, bool_or(k.simulated) AS simulated
                FROM headcount.tallies y JOIN headcount.workers k ON k.id = y.worker_id
                WHERE y.run_id = r.id AND y.counted > 0
            ) AS w
            WHERE ($1::text IS NULL OR s.name = $1) AND ($2::integer IS NULL OR r.id = $2)
            ORDER BY r.id DESC LIMIT 1
            """, [set, id])
        guard let row = rows.first else {
            if let set, let id { throw ArchiveError.foreignRun(id, set: set) }
            throw ArchiveError.unknownRun(id ?? 0)
        }
        return EvaluatedRun(
            id: try row.decode(Int.self, "id"), setName: try row.decode(String.self, "set_name"),
            model: try row.decode(String.self, "model"), digest: try row.decode(String.self, "digest"),
            plan: try row.decode(String.self, "plan"), engines: try row.decode(String.self, "engines"),
            isInvented: try row.decode(Bool.self, "invented"), simulated: try row.decode(Bool.self, "simulated"))
    }

    /// Hands out the images of a run in their order, in constant memory.
    /// - Parameter withTruth: true for those alone whose true count SQL knows.
    /// - Throws: what `body` throws. `body` runs on the connection's thread.
    public func truthCandidates(
        ofRun run: EvaluatedRun, withTruth: Bool, _ body: @Sendable (TruthCandidate) throws -> Void
    ) async throws {
        try await connection.stream(
            """
            SELECT i.number, i.url, i.key, t.count AS truth, c.count,
                (CASE WHEN c.source_run IS NULL THEN c.infer_ms ELSE
                    (SELECT o.infer_ms FROM headcount.counts o
                     WHERE o.run_id = c.source_run AND o.image = c.source_image) END / 1000)::double precision AS seconds
            FROM headcount.sets s
            JOIN headcount.images i ON i.set_id = s.id
            LEFT JOIN headcount.truth t ON t.set_id = s.id AND t.image = i.number
            LEFT JOIN headcount.counts c ON c.run_id = $2 AND c.image = i.number
            WHERE s.name = $1 AND (t.count IS NOT NULL OR NOT $3) ORDER BY i.number
            """, [run.setName, run.id, withTruth]
        ) { row in
            try body(
                TruthCandidate(
                    image: try row.decode(Int.self, "number"), url: try row.decode(String.self, "url"),
                    key: try row.decode(String?.self, "key"), truth: try row.decode(Double?.self, "truth"),
                    count: try row.decode(Double?.self, "count"), seconds: try row.decode(Double?.self, "seconds")))
        }
    }

    /// Keeps true counts of a set's images; those that are there already are replaced.
    /// - Parameters:
    ///   - counts: people by the numbers of the images.
    ///   - source: who counted, or the file the counts come from.
    public func keepTruth(ofSet set: String, counts: [Int: Double], source: String) async throws {
        let numbers = counts.keys.sorted()
        _ = try await connection.query(
            """
            INSERT INTO headcount.truth (set_id, image, count, counted_by)
            SELECT s.id, given.image, given.count, $4
            FROM headcount.sets s, unnest($2::bigint[], $3::double precision[]) AS given (image, count)
            WHERE s.name = $1
            ON CONFLICT (set_id, image) DO UPDATE SET count = excluded.count, counted_by = excluded.counted_by
            """, [set, numbers, numbers.map { counts[$0] ?? 0 }, source])
    }
}
