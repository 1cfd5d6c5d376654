import Postgres

extension Archive {
    /// The model of that name, the newest of it, or of a digest that begins so.
    /// - Throws: `ArchiveError.unknownModel`, also where a beginning fits several digests.
    public func model(named name: String) async throws -> ModelRecord {
        let models = try await models()
        if let model = models.first(where: { $0.name == name }) { return model }
        let fitting = models.filter { name.count >= 6 && $0.digest.hasPrefix(name) }
        guard fitting.count == 1 else { throw ArchiveError.unknownModel(name) }
        return fitting[0]
    }

    /// Uses a model where none is named.
    public func makeDefault(_ model: ModelRecord) async throws {
        try await connection.transaction { connection in
            _ = try connection.query("UPDATE headcount.models SET is_default = false WHERE is_default")
            _ = try connection.query("UPDATE headcount.models SET is_default = true WHERE digest = $1", [model.digest])
        }
    }

    /// Removes a model that no run uses, and those of its files that no other model names.
    /// - Returns: how many runs use it; it is removed where none does.
    public func remove(_ model: ModelRecord) async throws -> Int {
        try await connection.transaction { connection in
            let runs =
                try connection.query(
                    """
                    SELECT count(*) AS runs FROM headcount.runs r JOIN headcount.models m ON m.id = r.model_id
                    WHERE m.digest = $1
                    """, [model.digest]
                ).first?.decode(Int.self, "runs") ?? 0
            guard runs == 0 else { return runs }
            _ = try connection.query("DELETE FROM headcount.models WHERE digest = $1", [model.digest])
            _ = try connection.query(
                """
                DELETE FROM headcount.model_files f WHERE NOT EXISTS (
                    SELECT FROM headcount.models m WHERE position(f.digest IN m.manifest::text) > 0)
                """)
            return 0
        }
    }
}
