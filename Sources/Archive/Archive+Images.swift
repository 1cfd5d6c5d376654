import Density
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
        let rows = try await connection.query(
            """
            SELECT i.number FROM headcount.images i JOIN headcount.sets s ON s.id = i.set_id
            WHERE s.name = $1 AND i.url = $2
                AND headcount.url_entry(i.url) COLLATE "C" = headcount.url_entry($2)
            """, [set, url])
        guard let row = rows.first else { throw ArchiveError.notEnqueued(url: url, set: set) }
        let number = try row.decode(Int.self, "number")
        let counts = try await connection.query(
            "SELECT count FROM headcount.counts WHERE run_id = $1::integer AND image = $2", [chosen.runID, number])
        return RunImage(
            run: chosen, number: number, url: url, count: try counts.first?.decode(Double.self, "count"))
    }

    /// What is kept of the picture of an image.
    /// - Throws: `ArchiveError.unknownRun` where the run or the image is not there.
    public func storedImage(_ number: Int, run: Int) async throws -> StoredImage {
        let rows = try await connection.query(
            """
            SELECT i.url, c.width, c.height, c.picture_digest, d.columns::integer AS columns, d.rows::integer AS rows,
                d.quantum::double precision AS quantum, d.cells
            FROM headcount.runs r JOIN headcount.images i ON i.set_id = r.set_id
            LEFT JOIN headcount.counts c ON c.run_id = r.id AND c.image = i.number
            LEFT JOIN headcount.density_maps d ON d.run_id = r.id AND d.image = i.number
            WHERE r.id = $1::integer AND i.number = $2
            """, [run, number])
        guard let row = rows.first else { throw ArchiveError.unknownRun(run) }
        let width = try row.decode(Int?.self, "width")
        let height = try row.decode(Int?.self, "height")
        var size: PixelSize?
        if let width, let height { size = PixelSize(width: width, height: height) }
        return StoredImage(
            url: try row.decode(String.self, "url"), size: size,
            pictureDigest: try row.decode([UInt8]?.self, "picture_digest"), density: try Self.density(in: row))
    }

    private static func density(in row: PostgresRow) throws -> StoredDensity? {
        guard let columns = try row.decode(Int?.self, "columns"), let rows = try row.decode(Int?.self, "rows"),
            let quantum = try row.decode(Double?.self, "quantum"), let cells = try row.decode([UInt8]?.self, "cells")
        else { return nil }
        return StoredDensity(columns: columns, rows: rows, quantum: Float(quantum), cells: cells)
    }
}
