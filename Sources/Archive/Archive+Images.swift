import Postgres

extension Archive {
    /// One image of a set, with its count in a run where it has one.
    /// - Parameter run: the set's newest where none is given.
    /// - Throws: `ArchiveError.unknownSet`, `.foreignRun`, `.notEnqueued` where the set has no such image.
    public func image(_ url: String, ofSet set: String, run: Int? = nil) async throws -> RunImage {
        let runs = try await progress(ofSet: set)
        guard let chosen = runs.last(where: { run == nil || $0.runID == run }) else {
            throw ArchiveError.foreignRun(run ?? 0, set: set)
        }
        // The index is over the hash of the URL.
        let rows = try await connection.query(
            """
            SELECT i.number FROM headcount.images i JOIN headcount.sets s ON s.id = i.set_id
            WHERE s.name = $1 AND hashtextextended(i.url, 0) = hashtextextended($2::text, 0) AND i.url = $2
            """, [set, url])
        guard let row = rows.first else { throw ArchiveError.notEnqueued(url: url, set: set) }
        let number = try row.decode(Int.self, "number")
        let counts = try await connection.query(
            "SELECT count FROM headcount.counts WHERE run_id = $1::integer AND image = $2", [chosen.runID, number])
        return RunImage(
            run: chosen, number: number, url: url, count: try counts.first?.decode(Double.self, "count"))
    }

    /// Where the picture of an image is fetched from.
    /// - Throws: `ArchiveError.unknownRun` where the run or the image is not there.
    public func url(ofImage number: Int, run: Int) async throws -> String {
        let rows = try await connection.query(
            """
            SELECT i.url FROM headcount.runs r JOIN headcount.images i ON i.set_id = r.set_id
            WHERE r.id = $1::integer AND i.number = $2
            """, [run, number])
        guard let row = rows.first else { throw ArchiveError.unknownRun(run) }
        return try row.decode(String.self, "url")
    }
}
