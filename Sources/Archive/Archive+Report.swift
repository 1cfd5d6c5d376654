import Postgres

extension Archive {
    /// Reads the report of a set's newest run, or of another of its runs, in one snapshot: figures agree with each
    /// other even while the run is counted. Reads every count of the run a few times, and keeps only the figures.
    /// - Parameter crowded: how many of the most crowded pictures are told one by one.
    /// - Throws: `ArchiveError.unknownSet`, `.foreignRun`.
    public func report(ofSet set: String, run: Int? = nil, crowded: Int) async throws -> RunReport {
        let runs = try await progress(ofSet: set)
        guard let id = runs.last(where: { run == nil || $0.runID == run })?.runID else {
            throw ArchiveError.foreignRun(run ?? 0, set: set)
        }
        return try await connection.transaction { connection in
            try connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            guard let run = try Self.progress(over: connection, ofRun: id) else { throw ArchiveError.unknownRun(id) }
            let about = try connection.query(
                """
                SELECT m.digest, to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS read_at
                FROM headcount.runs r JOIN headcount.models m ON m.id = r.model_id WHERE r.id = $1::integer
                """, [id])
            guard let row = about.first else { throw ArchiveError.unknownRun(id) }
            let time = try Self.periods(over: connection, ofRun: id)
            let folders = try Self.folders(over: connection, ofRun: id)
            return RunReport(
                run: run, modelDigest: try row.decode(String.self, "digest"),
                totals: try Self.totals(over: connection, ofRun: id),
                distribution: try Self.distribution(over: connection, ofRun: id),
                periods: time.groups, period: time.period, undated: time.undated,
                folders: folders.first, otherFolders: folders.others,
                crowded: try Self.crowded(over: connection, ofRun: id, most: crowded),
                failures: try Self.failures(over: connection, ofRun: id),
                origins: try Self.origins(over: connection, ofRun: id),
                readAt: try row.decode(String.self, "read_at"))
        }
    }

    private static func totals(
        over connection: isolated PostgresConnection, ofRun run: Int
    ) throws -> RunReport.Totals {
        let rows = try connection.query(
            """
            SELECT count(*) AS pictures, coalesce(sum(count), 0) AS people,
                coalesce(percentile_cont(0.5) WITHIN GROUP (ORDER BY count), 0) AS median,
                coalesce(percentile_cont(0.9) WITHIN GROUP (ORDER BY count), 0) AS ninetieth,
                coalesce(max(count), 0) AS most, count(*) FILTER (WHERE count < 0.5) AS empty,
                coalesce(sum(picture_bytes), 0)::bigint AS bytes, coalesce(sum(tiles), 0)::bigint AS tiles,
                count(source_run) AS taken_over
            FROM headcount.counts WHERE run_id = $1::integer
            """, [run])
        guard let row = rows.first else { throw ArchiveError.unknownRun(run) }
        return RunReport.Totals(
            pictures: try row.decode(Int.self, "pictures"), people: try row.decode(Double.self, "people"),
            median: try row.decode(Double.self, "median"), ninetieth: try row.decode(Double.self, "ninetieth"),
            most: try row.decode(Double.self, "most"), empty: try row.decode(Int.self, "empty"),
            bytes: try row.decode(Int.self, "bytes"), tiles: try row.decode(Int.self, "tiles"),
            takenOver: try row.decode(Int.self, "taken_over"))
    }

    /// Bins of 0, 1, 2, 5, 10, 20, 50 and so on, up to the one that holds the largest count.
    private static func distribution(
        over connection: isolated PostgresConnection, ofRun run: Int
    ) throws -> [RunReport.Bin] {
        var edges = [0.0]
        for power in 0..<9 {
            let unit = (0..<power).reduce(1.0) { unit, _ in unit * 10 }
            edges += [unit, 2 * unit, 5 * unit]
        }
        var pictures = [Int](repeating: 0, count: edges.count)
        let rows = try connection.query(
            """
            SELECT width_bucket(count, $2::double precision[]) AS bin, count(*) AS pictures
            FROM headcount.counts WHERE run_id = $1::integer GROUP BY bin
            """, [run, edges])
        for row in rows {
            pictures[try row.decode(Int.self, "bin") - 1] = try row.decode(Int.self, "pictures")
        }
        let used = pictures.lastIndex { $0 > 0 }.map { $0 + 1 } ?? 0
        return zip(edges, pictures).prefix(used).map { RunReport.Bin(from: $0, pictures: $1) }
    }

    private static let dated = """
        FROM headcount.counts c JOIN headcount.runs r ON r.id = c.run_id
        JOIN headcount.images i ON i.set_id = r.set_id AND i.number = c.image
        """

    /// Infinite times, which an owner's own SQL may have left, are none, nor those before PostgreSQL's first whole decade.
    private static let datable = "i.taken_at >= '4700-01-01 00:00+00 BC' AND i.taken_at < 'infinity'"

    /// Periods that follow each other without a gap, but where there would be over 300 decades.
    private static func periods(
        over connection: isolated PostgresConnection, ofRun run: Int
    ) throws -> (groups: [RunReport.Group], period: RunReport.Period, undated: Int) {
        let span = try connection.query(
            """
            SELECT count(*) FILTER (WHERE (\(datable)) IS NOT TRUE) AS undated,
                (extract(epoch FROM max(i.taken_at) FILTER (WHERE \(datable)))
                    - extract(epoch FROM min(i.taken_at) FILTER (WHERE \(datable))))::double precision
                    / 86400 AS days
            \(dated) WHERE c.run_id = $1::integer
            """, [run])
        guard let row = span.first else { throw ArchiveError.unknownRun(run) }
        let undated = try row.decode(Int.self, "undated")
        guard let days = try row.decode(Double?.self, "days") else { return ([], .year, undated) }
        let (period, form): (RunReport.Period, String) =
            switch days {
            case ...62: (.day, "YYYY-MM-DD")
            case ...1100: (.month, "YYYY-MM")
            case ...45_000: (.year, "YYYY")
            default: (.decade, "YYYY\"s\"")
            }
        let rows = try connection.query(
            """
            WITH RECURSIVE grouped AS (
                SELECT date_trunc($2::text, i.taken_at AT TIME ZONE 'UTC') AS start, count(*) AS pictures,
                    sum(c.count) AS people
                \(dated) WHERE c.run_id = $1::integer AND \(datable) GROUP BY 1
            ), periods AS (
                SELECT min(start) AS start FROM grouped
                UNION ALL
                SELECT start + ('1 ' || $2)::interval FROM periods
                WHERE $4::boolean AND start < (SELECT max(start) FROM grouped)
            )
            SELECT to_char(start, $3::text) || CASE WHEN start < '0001-01-01' THEN ' BC' ELSE '' END AS name,
                coalesce(pictures, 0) AS pictures, coalesce(people, 0) AS people
            FROM periods FULL JOIN grouped USING (start) ORDER BY start
            """, [run, period.rawValue, form, days < 300 * 3653])
        return (try rows.map(group), period, undated)
    }

    private static func folders(
        over connection: isolated PostgresConnection, ofRun run: Int
    ) throws -> (first: [RunReport.Group], others: (folders: Int, group: RunReport.Group)?) {
        let rows = try connection.query(
            """
            WITH grouped AS (
                SELECT regexp_replace(regexp_replace(i.url, '[?#].*$', ''), '/[^/]*$', '/') AS name,
                    count(*) AS pictures, sum(c.count) AS people
                \(dated) WHERE c.run_id = $1::integer GROUP BY 1
            ), ranked AS (SELECT *, row_number() OVER (ORDER BY people DESC, name) AS place FROM grouped)
            SELECT name, pictures, people, 0::bigint AS folders FROM ranked WHERE place <= 24
            UNION ALL
            SELECT '', sum(pictures)::bigint, sum(people), count(*) FROM ranked WHERE place > 24 HAVING count(*) > 0
            ORDER BY folders, people DESC, name
            """, [run])
        var first: [RunReport.Group] = []
        for row in rows {
            let folders = try row.decode(Int.self, "folders")
            if folders > 0 { return (first, (folders, try group(row))) }
            first.append(try group(row))
        }
        return (first, nil)
    }

    private static func group(_ row: PostgresRow) throws -> RunReport.Group {
        RunReport.Group(
            name: try row.decode(String.self, "name"), pictures: try row.decode(Int.self, "pictures"),
            people: try row.decode(Double.self, "people"))
    }

    private static func crowded(
        over connection: isolated PostgresConnection, ofRun run: Int, most: Int
    ) throws -> [RunReport.Crowded] {
        // The counts are sorted before they are joined with the rest.
        let rows = try connection.query(
            """
            SELECT c.image, i.url, i.key, \(isoTime("taken_at")), c.count, c.width, c.height,
                encode(c.picture_digest, 'hex') AS picture_digest, d.columns, d.rows, d.quantum, d.cells
            FROM (SELECT * FROM headcount.counts WHERE run_id = $1::integer
                ORDER BY count DESC, image LIMIT $2::integer) AS c
            JOIN headcount.runs r ON r.id = c.run_id
            JOIN headcount.images i ON i.set_id = r.set_id AND i.number = c.image
            LEFT JOIN headcount.density_maps d ON d.run_id = c.run_id AND d.image = c.image
            ORDER BY c.count DESC, c.image
            """, [run, most])
        return try rows.map { row in
            var density: StoredDensity?
            if let columns = try row.decode(Int?.self, "columns") {
                density = StoredDensity(
                    columns: columns, rows: try row.decode(Int.self, "rows"),
                    quantum: try row.decode(Float.self, "quantum"), cells: try row.decode([UInt8].self, "cells"))
            }
            return RunReport.Crowded(
                image: try row.decode(Int.self, "image"), url: try row.decode(String.self, "url"),
                key: try row.decode(String?.self, "key"), takenAt: try row.decode(String?.self, "taken_at"),
                count: try row.decode(Double.self, "count"), width: try row.decode(Int.self, "width"),
                height: try row.decode(Int.self, "height"),
                pictureDigest: try row.decode(String.self, "picture_digest"), density: density)
        }
    }

    private static func failures(
        over connection: isolated PostgresConnection, ofRun run: Int
    ) throws -> [RunReport.Failure] {
        let rows = try connection.query(
            """
            SELECT g.class::text AS class, g.meaning, g.images, e.url AS example, e.detail
            FROM (
                SELECT class, meaning, count(*) AS images, min(image) AS example
                FROM headcount.failed_images WHERE run_id = $1::integer GROUP BY class, meaning) AS g
            CROSS JOIN LATERAL (
                SELECT f.url, f.detail FROM headcount.failed_images f
                WHERE f.run_id = $1::integer AND f.image = g.example AND f.class = g.class LIMIT 1) AS e
            ORDER BY g.images DESC, g.class
            """, [run])
        return try rows.map { row in
            RunReport.Failure(
                name: try row.decode(String.self, "class"), meaning: try row.decode(String.self, "meaning"),
                images: try row.decode(Int.self, "images"), example: try row.decode(String.self, "example"),
                detail: try row.decode(String.self, "detail"))
        }
    }

    private static func origins(
        over connection: isolated PostgresConnection, ofRun run: Int
    ) throws -> [RunReport.Origin] {
        let rows = try connection.query(
            """
            SELECT w.engine, w.engine_version, w.simulated, w.host, w.card, w.version, c.preprocessing,
                sum(c.pictures)::bigint AS pictures, sum(c.pictures - c.own)::bigint AS taken_over,
                sum(c.fetch) / nullif(sum(c.own), 0) AS fetch, sum(c.decode) / nullif(sum(c.own), 0) AS decode,
                sum(c.infer) / nullif(sum(c.own), 0) AS infer
            FROM (
                SELECT worker_id, preprocessing::integer AS preprocessing, count(*)::double precision AS pictures,
                    count(*) FILTER (WHERE source_run IS NULL)::double precision AS own,
                    sum(fetch_ms::double precision) FILTER (WHERE source_run IS NULL) AS fetch,
                    sum(decode_ms::double precision) FILTER (WHERE source_run IS NULL) AS decode,
                    sum(infer_ms::double precision) FILTER (WHERE source_run IS NULL) AS infer
                FROM headcount.counts WHERE run_id = $1::integer GROUP BY 1, 2) AS c
            JOIN headcount.workers w ON w.id = c.worker_id
            GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY pictures DESC, host, card, version
            """, [run])
        return try rows.map { row in
            var times: RunReport.Times?
            if let fetch = try row.decode(Double?.self, "fetch") {
                times = RunReport.Times(
                    fetch: fetch, decode: try row.decode(Double.self, "decode"),
                    infer: try row.decode(Double.self, "infer"))
            }
            return RunReport.Origin(
                engine: try row.decode(String.self, "engine"),
                engineVersion: try row.decode(String.self, "engine_version"),
                simulated: try row.decode(Bool.self, "simulated"), host: try row.decode(String.self, "host"),
                card: try row.decode(String.self, "card"), version: try row.decode(String.self, "version"),
                preprocessing: try row.decode(Int.self, "preprocessing"),
                pictures: try row.decode(Int.self, "pictures"), takenOver: try row.decode(Int.self, "taken_over"),
                times: times)
        }
    }
}
