import Density
import Postgres

extension Archive {
    /// Adds a model and its files. Adding the same again changes nothing, but for the default.
    /// - Parameters:
    ///   - name: the manifest's name.
    ///   - manifest: canonical JSON.
    ///   - digest: SHA-256 of `manifest`, in hexadecimal digits.
    ///   - files: the bytes of files the manifest names, by their digests in hexadecimal digits; those that are missing
    ///     workers must have from elsewhere.
    ///   - makeDefault: true to use it from now on where no model is named. The first model becomes the default.
    /// - Returns: true where the model was not there before.
    @discardableResult
    public func addModel(
        name: String, manifest: String, digest: String, files: [String: [UInt8]], makeDefault: Bool
    ) async throws -> Bool {
        try await connection.transaction { connection in
            for (digest, bytes) in files.sorted(by: { $0.key < $1.key }) {
                _ = try connection.query(
                    "INSERT INTO headcount.model_files (digest, content) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                    [digest, bytes])
            }
            let added = try connection.query(
                """
                INSERT INTO headcount.models (name, manifest, digest) VALUES ($1, $2::text::json, $3)
                ON CONFLICT (digest) DO NOTHING RETURNING id
                """, [name, manifest, digest])
            let hasDefault = try connection.query("SELECT FROM headcount.models WHERE is_default").count > 0
            if makeDefault || !hasDefault {
                _ = try connection.query("UPDATE headcount.models SET is_default = false WHERE is_default")
                _ = try connection.query("UPDATE headcount.models SET is_default = true WHERE digest = $1", [digest])
            }
            return added.count > 0
        }
    }

    /// All models, by name and the newest first.
    public func models() async throws -> [ModelRecord] {
        try await connection.query(
            """
            SELECT id, name, digest, manifest::text AS manifest, is_default FROM headcount.models
            ORDER BY name, id DESC
            """
        ).map(Self.model)
    }

    /// The model and the plan of a run.
    /// - Throws: `ArchiveError.unknownRun`.
    public func run(_ id: Int) async throws -> RunDescription {
        let rows = try await connection.query(
            """
            SELECT m.id, m.name, m.digest, m.manifest::text AS manifest, m.is_default, r.plan, r.keeps_density,
                cardinality(headcount.kin_of(r.id)) > 1 AS has_kin
            FROM headcount.models m JOIN headcount.runs r ON r.model_id = m.id WHERE r.id = $1
            """, [id])
        guard let row = rows.first else { throw ArchiveError.unknownRun(id) }
        return RunDescription(
            model: try Self.model(row), plan: try TilePlan(row.decode(String.self, "plan")),
            keepsDensity: try row.decode(Bool.self, "keeps_density"),
            hasKin: try row.decode(Bool.self, "has_kin"))
    }

    /// The bytes of one file of a model; `nil` where the database does not hold it.
    public func modelFile(digest: String) async throws -> [UInt8]? {
        let rows = try await connection.query(
            "SELECT content FROM headcount.model_files WHERE digest = $1", [digest])
        return try rows.first?.decode([UInt8].self, "content")
    }

    /// Memory of the smallest BM1684 that any coordinator has found, in bytes, and its name; `nil` where none is known.
    public func smallestCardMemory() async throws -> (card: String, bytes: Int)? {
        let rows = try await connection.query(
            """
            SELECT host || '/' || name AS card, memory_bytes FROM headcount.cards
            WHERE engine = 'bm1684' AND present AND memory_bytes > 0 ORDER BY memory_bytes, 1 LIMIT 1
            """)
        return try rows.first.map {
            (try $0.decode(String.self, "card"), try $0.decode(Int.self, "memory_bytes"))
        }
    }

    private static func model(_ row: PostgresRow) throws -> ModelRecord {
        ModelRecord(
            id: try row.decode(Int.self, "id"), name: try row.decode(String.self, "name"),
            digest: try row.decode(String.self, "digest"), manifest: try row.decode(String.self, "manifest"),
            isDefault: try row.decode(Bool.self, "is_default"))
    }
}
