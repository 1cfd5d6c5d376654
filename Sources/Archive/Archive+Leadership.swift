import Postgres

extension Archive {
    /// Tells the processes of this database from those of another on the same machine.
    public func fleet() async throws -> String {
        try await connection.query("SELECT fleet::text AS fleet FROM headcount.leadership").first?
            .decode(String.self, "fleet") ?? ""
    }

    /// Lets the server notice within some seconds that this process's machine is gone, and with it the locks it held.
    public func expectSuddenEnd() async throws {
        // Ignored on a Unix socket, whose end the server sees at once.
        try await connection.execute(
            """
            SET tcp_keepalives_idle = 2; SET tcp_keepalives_interval = 1; SET tcp_keepalives_count = 2;
            SET tcp_user_timeout = 4000
            """)
    }

    /// Takes the lead where it is free, for as long as this connection lasts.
    ///
    /// Asked again and again rather than waited for: a statement that waits keeps its snapshot, and that keeps vacuum
    /// from the queue.
    /// - Returns: the token that every chore shows, `nil` where another leads.
    public func takeLead(host: String, process: Int) async throws -> Int? {
        // "head", "lead" in ASCII.
        let rows = try await connection.query("SELECT pg_try_advisory_lock(1751474532, 1818583396) AS locked")
        guard try rows.first?.decode(Bool.self, "locked") == true else { return nil }
        return try await connection.query("SELECT headcount.take_lead($1, $2::integer) AS token", [host, process])
            .first?.decode(Int.self, "token")
    }

    /// What the leader does every second.
    /// - Returns: how many workers' leases had run out.
    @discardableResult
    public func doChores(token: Int) async throws -> Int {
        try await connection.query("SELECT headcount.do_chores($1) AS released", [token])
            .first?.decode(Int.self, "released") ?? 0
    }

    /// What the leader does every few minutes.
    public func doUpkeep(token: Int) async throws {
        _ = try await connection.query("SELECT headcount.do_upkeep($1)", [token])
    }

    /// Cards that the leader may scale, where their hosts are heard of.
    public func scalableCards() async throws -> [ScalableCard] {
        let rows = try await connection.query(
            """
            SELECT c.id, lower(c.autoscale) AS fewest, upper(c.autoscale) - 1 AS most, c.desired_workers,
                s.images_per_second
            FROM headcount.cards c JOIN headcount.hosts h ON h.name = c.host
            JOIN LATERAL (
                SELECT (s.images / greatest(s.seconds, 0.001))::double precision AS images_per_second
                FROM headcount.card_samples s WHERE s.card_id = c.id ORDER BY s.taken_at DESC LIMIT 1
            ) AS s ON true
            WHERE c.autoscale IS NOT NULL AND c.present AND c.quarantined_at IS NULL AND h.stopped_at IS NULL
                AND h.heartbeat_at > now() - interval '15 s'
            """)
        return try rows.map { row in
            let fewest = try row.decode(Int.self, "fewest")
            return ScalableCard(
                id: try row.decode(Int.self, "id"), bounds: fewest...max(fewest, try row.decode(Int.self, "most")),
                workers: try row.decode(Int.self, "desired_workers"),
                imagesPerSecond: try row.decode(Double.self, "images_per_second"))
        }
    }

    /// Scales a card within its bounds.
    public func setWorkers(_ workers: Int, ofCard card: Int, token: Int) async throws {
        _ = try await connection.query(
            "SELECT headcount.set_workers($1, $2::integer, $3::integer)", [token, card, workers])
    }

    /// True where a run that is to be counted has images left.
    public func hasBacklog() async throws -> Bool {
        try await connection.query(
            "SELECT EXISTS (SELECT FROM headcount.runs WHERE wish = 'active' AND is_open) AS waiting"
        ).first?.decode(Bool.self, "waiting") ?? false
    }
}
