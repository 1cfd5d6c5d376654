import Postgres

extension Archive {
    /// Writes out every count of a set's newest run, or of another of its runs, in the order of the images. The server
    /// forms the text; here it passes through, whatever its size.
    /// - Parameter body: takes the next piece, of whole lines. It runs on the connection's thread, and may block it.
    /// - Returns: how many counts there were.
    /// - Throws: `ArchiveError.unknownSet`, `.foreignRun`, and what `body` throws.
    public func export(
        ofSet set: String, run: Int? = nil, as format: ExportFormat,
        _ body: @Sendable (UnsafeRawBufferPointer) throws -> Void
    ) async throws -> Int {
        let runs = try await progress(ofSet: set)
        guard let id = runs.last(where: { run == nil || $0.runID == run })?.runID else {
            throw ArchiveError.foreignRun(run ?? 0, set: set)
        }
        let columns = ExportColumn.all.map(\.expression).joined(separator: ", ")
        // COPY takes no parameters; the run is a number.
        let rows = "SELECT \(columns) FROM headcount.results WHERE run_id = \(id) ORDER BY image"
        switch format {
        case .csv:
            return try await connection.copyOut("COPY (\(rows)) TO STDOUT (FORMAT csv, HEADER)", body)
        case .jsonLines:
            // JSON holds no control characters, so that with these two nothing is ever quoted or escaped.
            return try await connection.copyOut(
                "COPY (SELECT row_to_json(q) FROM (\(rows)) AS q) "
                    + "TO STDOUT (FORMAT csv, QUOTE E'\\x01', ESCAPE E'\\x01', DELIMITER E'\\x02')", body)
        }
    }
}
