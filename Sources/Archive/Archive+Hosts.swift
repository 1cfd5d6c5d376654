import FoundationEssentials
import Postgres

extension Archive {
    /// Takes the right to look after a host, for as long as this connection lasts.
    /// - Returns: false where another coordinator has it.
    public func lockHost(_ name: String) async throws -> Bool {
        // "host" in ASCII, and the name's hash.
        let rows = try await connection.query(
            "SELECT pg_try_advisory_lock(1752134516, hashtext($1)) AS locked", [name])
        return try rows.first?.decode(Bool.self, "locked") ?? false
    }

    /// Notes that a coordinator looks after its host.
    public func register(_ host: HostRegistration) async throws {
        _ = try await connection.query(
            "SELECT headcount.record_host($1, $2::integer, $3, $4::integer, $5)",
            [host.name, host.process, host.version, host.cores, host.memoryBytes])
    }

    /// Process id of the coordinator that looks after a host, or last did; `nil` where none ever did.
    public func coordinator(ofHost name: String) async throws -> Int? {
        try await connection.query("SELECT process FROM headcount.hosts WHERE name = $1", [name])
            .first?.decode(Int.self, "process")
    }

    /// Tells which cards a host has.
    public func record(_ cards: [FoundCard], ofHost name: String) async throws {
        let text = String(decoding: try JSONEncoder().encode(cards), as: UTF8.self)
        _ = try await connection.query("SELECT headcount.record_cards($1, $2::text::jsonb)", [name, text])
    }

    /// The cards a host has, and what is wanted of them.
    public func cards(ofHost name: String) async throws -> [CardRecord] {
        let rows = try await connection.query(
            """
            SELECT c.id, c.name, c.engine, c.number, c.desired_workers, c.quarantine_reason, c.problem,
                ARRAY(SELECT o.name FROM headcount.cards o
                      WHERE o.host = c.host AND o.present AND o.board_number = c.board_number AND o.id <> c.id
                      ORDER BY o.number) AS reset_with
            FROM headcount.cards c WHERE c.host = $1 AND c.present ORDER BY c.engine, c.number
            """, [name])
        return try rows.map { row in
            CardRecord(
                id: try row.decode(Int.self, "id"), name: try row.decode(String.self, "name"),
                engine: try row.decode(String.self, "engine"), number: try row.decode(Int.self, "number"),
                desiredWorkers: try row.decode(Int.self, "desired_workers"),
                quarantine: try row.decode(String?.self, "quarantine_reason"),
                problem: try row.decode(String?.self, "problem"),
                resetWith: try row.decode([String].self, "reset_with"))
        }
    }

    /// Keeps a card out of work; one that is kept out already keeps its first reason.
    public func quarantine(card: Int, reason: String) async throws {
        _ = try await connection.query(
            """
            UPDATE headcount.cards SET quarantined_at = now(), quarantine_reason = $2
            WHERE id = $1 AND quarantined_at IS NULL
            """, [card, reason])
    }

    /// Notes that worker processes of a host ended, and gives back what they held.
    public func endWorkers(_ processes: [Int], ofHost name: String) async throws {
        _ = try await connection.query("SELECT headcount.end_workers($1, $2::integer[])", [name, processes])
    }

    /// Process ids of a host's workers that have not said good-bye.
    public func workers(ofHost name: String) async throws -> [Int] {
        let rows = try await connection.query(
            "SELECT process FROM headcount.workers WHERE host = $1 AND stopped_at IS NULL", [name])
        return try rows.map { try $0.decode(Int.self, "process") }
    }

    /// Tells that the host's coordinator is alive, and how its cards did.
    public func heartbeat(host name: String, _ samples: [CardSample]) async throws {
        _ = try await connection.query("UPDATE headcount.hosts SET heartbeat_at = now() WHERE name = $1", [name])
        guard !samples.isEmpty else { return }
        let readings = samples.map(\.readings)
        _ = try await connection.query(
            """
            SELECT headcount.record_samples($1::integer[], $2::real[], $3::smallint[], $4::integer[], $5::integer[],
                $6::integer[], $7::integer[], $8::smallint[], $9::smallint[], $10::real[], $11::smallint[],
                $12::bigint[])
            """,
            [
                samples.map(\.card), samples.map { Float($0.seconds) }, samples.map(\.workers), samples.map(\.images),
                samples.map(\.tiles), samples.map(\.busyMilliseconds), samples.map(\.emptyLanes),
                readings.map(\.chipCelsius), readings.map(\.boardCelsius),
                readings.map { $0.watts.map { Float($0) } }, readings.map(\.loadPercent), readings.map(\.memoryUsed),
            ])
    }

    /// Notes that the host's coordinator stops.
    public func signOff(host name: String) async throws {
        _ = try await connection.query("UPDATE headcount.hosts SET stopped_at = now() WHERE name = $1", [name])
    }
}
