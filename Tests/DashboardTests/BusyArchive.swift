import Archive
import Postgres
import TestSupport

/// An archive whose first run is being counted by 24 simulated cards: seeded in SQL, as fast as the database takes it.
enum BusyArchive {
    /// What somebody with bad intent would call a set.
    static let setName = #""><img src=x onerror="alert(1)"><script>alert(2)</script><b>'"#
    static let cards = 24

    /// Runs `body` with it.
    /// - Parameters:
    ///   - images: of the set; half of them are counted, and a hundredth has failed.
    ///   - url: what every URL begins with.
    static func withFresh(
        images: Int, url: String = #"http://host/<b>"onmouseover=alert(3)>"#,
        _ body: (PostgresConnection) async throws -> Void
    ) async throws {
        try await TestArchive.withFresh { archive, connection in
            for host in ["one", "two"] {
                try await archive.register(
                    HostRegistration(name: host, process: 1, version: "0", cores: 8, memoryBytes: 1 << 34))
                try await archive.record(
                    (0..<cards / 2).map {
                        var found = FoundCard(name: "simulated:\($0)", engine: "simulated", number: $0, simulated: true)
                        found.memoryBytes = 12 << 30
                        return found
                    }, ofHost: host)
                let samples = try await archive.cards(ofHost: host).map { card in
                    var sample = CardSample(card: card.id, seconds: 5, workers: 1)
                    (sample.images, sample.tiles, sample.emptyLanes, sample.busyMilliseconds) = (22, 88, 4, 4900)
                    sample.readings.chipCelsius = 60 + card.number
                    (sample.readings.watts, sample.readings.memoryUsed) = (14.5, 3 << 30)
                    return sample
                }
                try await archive.heartbeat(host: host, samples)
            }
            // However long a test takes: a host that is not heard of for seconds is lost, and a sample is old by then.
            _ = try await connection.query("UPDATE headcount.hosts SET heartbeat_at = now() + interval '1 day'")
            _ = try await connection.query("UPDATE headcount.card_samples SET taken_at = now() + interval '1 day'")
            try await seed(connection, images: images, url: url)
            try await body(connection)
        }
    }

    private static func seed(_ connection: PostgresConnection, images: Int, url: String) async throws {
        _ = try await connection.query(
            """
            INSERT INTO headcount.workers
                (host, process, engine, engine_version, card, simulated, version, lease_until)
            SELECT c.host, c.id, c.engine, '1', c.name, true, '0', now() + interval '1 day' FROM headcount.cards c
            """)
        // One by the functions of the queue, the others beside them.
        _ = try await connection.query("SELECT headcount.enqueue($1, ARRAY[$2 || '1'])", [setName, url])
        _ = try await connection.query(
            """
            INSERT INTO headcount.images (set_id, number, url) SELECT 1, n, $1 || n FROM generate_series(2, $2) AS n
            """, [url, images])
        _ = try await connection.query("UPDATE headcount.sets SET images = $1", [images])
        _ = try await connection.query("SELECT headcount.extend_run(1)")
        _ = try await connection.query(
            """
            INSERT INTO headcount.counts (run_id, image, count, tiles, width, height, picture_digest, picture_bytes,
                preprocessing, worker_id, fetch_ms, decode_ms, infer_ms, source_run, source_image)
            SELECT 1, n, n % 997, 4, 640, 480, sha256(n::text::bytea), 1000, 1, 1 + n % 24, 1, 2, 3,
                CASE n WHEN 997 THEN 1 END, CASE n WHEN 997 THEN 3 END
            FROM generate_series(1, $1 / 2) AS n
            """, [images])
        _ = try await connection.query(
            """
            INSERT INTO headcount.failures (run_id, image, attempt, class, detail, final, worker_id)
            SELECT 1, n, 1, (enum_range(NULL::headcount.failure_class))[1 + n % 3], '<i>it</i> failed', true, 1
            FROM generate_series($1 - $1 / 100, $1 - 1) AS n
            """, [images])
        _ = try await connection.query(
            """
            SELECT headcount.add_to_tally(1, k, ($1 / 2 + k % 24) / 24, CASE k WHEN 1 THEN $1 / 100 ELSE 0 END)
            FROM generate_series(1, 24) AS k
            """, [images])
        _ = try await connection.query(
            """
            INSERT INTO headcount.shards (run_id, images, token, worker_id)
            SELECT 1, '{}', 1, k FROM generate_series(1, 24) AS k
            """)
    }
}
