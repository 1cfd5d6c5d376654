import Density
import Postgres

extension Archive {
    /// Lines per transaction: large enough that its cost vanishes, small enough that a kill loses little and that the
    /// lock of the set is held for a second or so.
    static let enqueueBatch = 50_000
    /// Bytes of lines per transaction, or a piece of the list more: a parameter of a statement holds no gigabyte.
    private static let enqueueBytes = 32 << 20
    /// Lines of the first transaction: the database is not to wait long for it.
    private static let firstBatch = 5000

    /// Adds the images of a list to a set and to its run, in constant memory.
    ///
    /// What the set holds already is left out, so that the same list can be enqueued again, after a kill for instance.
    /// While the database takes one part in, the next is read. A part need not be on the disk when the next is sent;
    /// all are when this returns.
    /// - Parameters:
    ///   - source: name of the list, for messages.
    ///   - nextPiece: gives the next bytes of the list, `nil` at its end.
    ///   - onBadLine: told of every line that is left out.
    ///   - onProgress: told after every transaction.
    public func enqueue(
        _ request: EnqueueRequest, from source: String,
        nextPiece: @Sendable () throws -> [UInt8]?,
        onBadLine: @Sendable (URLList.BadLine) -> Void,
        onProgress: @Sendable (EnqueueSummary) -> Void
    ) async throws -> EnqueueSummary {
        try ImageSetName.check(request.set)
        var list = URLList(source: source)
        var atEnd = false
        let summary = try await withThrowingTaskGroup(of: TakenIn.self) { group in
            var summary = EnqueueSummary()
            func add(_ part: TakenIn?) {
                guard let part else { return }
                summary.run = part.run
                summary.lines += part.lines
                summary.added += part.added
                onProgress(summary)
            }
            var size = Self.firstBatch
            while !atEnd {
                var waiting: [IncomingImage] = []
                waiting.reserveCapacity(size)
                var bytes = 0
                while !atEnd && waiting.count < size && bytes < Self.enqueueBytes {
                    let take: (Result<IncomingImage, URLList.BadLine>) -> Void = { result in
                        switch result {
                        case .success(let image):
                            waiting.append(image)
                            bytes +=
                                image.url.utf8.count + (image.key?.utf8.count ?? 0) + (image.extra?.utf8.count ?? 0)
                        case .failure(let bad):
                            summary.badLines += bad.lines.count
                            onBadLine(bad)
                        }
                    }
                    if let piece = try nextPiece() {
                        try list.read(piece, take)
                    } else {
                        try list.finish(take)
                        atEnd = true
                    }
                }
                size = Self.enqueueBatch
                // Before the wait, so that the database does not wait for it.
                let part = waiting.isEmpty ? nil : Columns(waiting)
                // One at a time: the next waits for the lock of the set in any case.
                add(try await group.next())
                if let part { group.addTask { try await takeIn(part, request) } }
            }
            add(try await group.next())
            // It waits until it is on the disk, and all that came before it is there then.
            _ = try await connection.query("SELECT pg_logical_emit_message(true, 'headcount', 'enqueued')::text")
            return summary
        }
        if summary.lines == 0 && summary.badLines == 0 { throw ArchiveError.noURLs(source: source) }
        return summary
    }

    /// Makes a new run of a whole set.
    /// - Returns: the run.
    public func recount(_ request: EnqueueRequest) async throws -> Int {
        try await Self.named(request) {
            let rows = try await connection.query(
                "SELECT headcount.recount($1, $2, $3, $4, $5, $6) AS run",
                [
                    request.set, request.model, request.plan?.description, request.priority, request.keepsDensity,
                    request.cardLabel,
                ])
            return try rows.first?.decode(Int.self, "run") ?? 0
        }
    }

    private struct TakenIn: Sendable {
        let run: Int
        let lines: Int
        let added: Int
    }

    /// Some lines of a list as `take_in` wants them.
    private struct Columns: Sendable {
        let urls: [String]
        let keys: [String?]?
        let times: [PostgresTimestamp?]?
        let extras: [String?]?

        init(_ images: [IncomingImage]) {
            urls = images.map(\.url)
            keys = Self.column(images.map(\.key))
            times = Self.column(
                images.map {
                    $0.takenAt.map { PostgresTimestamp(microsecondsSince2000: $0 - CaptureTime.epoch2000) }
                })
            extras = Self.column(images.map(\.extra))
        }

        /// Nothing at all in place of nothing line by line.
        private static func column<Value>(_ values: [Value?]) -> [Value?]? {
            values.contains { $0 != nil } ? values : nil
        }
    }

    /// Does not wait for the disk: a crash of the server that undoes it undoes what was made of it as well.
    private func takeIn(_ images: Columns, _ request: EnqueueRequest) async throws -> TakenIn {
        try await Self.named(request) {
            let rows = try await connection.query(
                """
                SELECT run_id, added, (SELECT set_config('synchronous_commit', 'off', true)) AS commits
                FROM headcount.take_in($1, $2, $3, $4, $5, $6, $7::text[], $8::timestamptz[], $9::text[], $10)
                """,
                [
                    request.set, request.model, request.plan?.description, request.priority, request.keepsDensity,
                    images.urls, images.keys, images.times, images.extras, request.cardLabel,
                ])
            let lines = images.urls.count
            guard let row = rows.first else { return TakenIn(run: 0, lines: lines, added: 0) }
            return TakenIn(
                run: try row.decode(Int.self, "run_id"), lines: lines, added: try row.decode(Int.self, "added"))
        }
    }

    /// Gives the database's "no such model" and "no such set" the names of the request.
    private static func named<Result>(_ request: EnqueueRequest, _ body: () async throws -> Result) async throws
        -> Result
    {
        do {
            return try await body()
        } catch PostgresError.server(let error) where error.sqlState == "P0002" {
            throw error.table == "sets" ? ArchiveError.unknownSet(request.set) : .unknownModel(request.model)
        }
    }
}
