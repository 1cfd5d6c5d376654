import Postgres

extension Archive {
    /// Every card of every host, and how it does.
    public func cardStatus() async throws -> [CardStatus] {
        let rows = try await connection.query(
            """
            SELECT card, state, reason, workers, desired_workers, images_per_second,
                busy::double precision AS busy, lane_fill::double precision AS lane_fill, labels, engine, simulated,
                chip_celsius, watts, serial, board, board_number, coalesce(reset_with, '{}') AS reset_with
            FROM headcount.card_status ORDER BY host, engine, name
            """)
        return try rows.map(Self.status)
    }

    /// How a card does.
    /// - Throws: `ArchiveError.unknownCard`.
    public func cardStatus(of card: String) async throws -> CardStatus {
        guard let status = try await cardStatus().first(where: { $0.card == card && $0.state != "absent" }) else {
            throw ArchiveError.unknownCard(card)
        }
        return status
    }

    /// Sets how many workers the card `HOST/CARD` is to have.
    /// - Throws: `ArchiveError.unknownCard`.
    public func scale(card: String, workers: Int) async throws {
        try await Self.named(card) {
            _ = try await connection.query("SELECT headcount.scale($1, $2::integer)", [card, workers])
        }
    }

    /// Keeps the card `HOST/CARD` out of work.
    /// - Throws: `ArchiveError.unknownCard`.
    public func quarantine(card: String, reason: String) async throws {
        try await Self.named(card) {
            _ = try await connection.query("SELECT headcount.quarantine($1, $2)", [card, reason])
        }
    }

    /// Lets the card `HOST/CARD` work again.
    /// - Throws: `ArchiveError.unknownCard`.
    public func release(card: String) async throws {
        try await Self.named(card) {
            _ = try await connection.query("SELECT headcount.release($1)", [card])
        }
    }

    /// Sets the words by which runs choose the card `HOST/CARD`.
    /// - Throws: `ArchiveError.unknownCard`.
    public func label(card: String, with labels: [String]) async throws {
        try await Self.named(card) {
            _ = try await connection.query(
                "UPDATE headcount.cards SET labels = $2 WHERE id = headcount.find_card($1)", [card, labels])
        }
    }

    private static func status(_ row: PostgresRow) throws -> CardStatus {
        CardStatus(
            card: try row.decode(String.self, "card"), state: try row.decode(String.self, "state"),
            reason: try row.decode(String?.self, "reason"), workers: try row.decode(Int.self, "workers"),
            desiredWorkers: try row.decode(Int.self, "desired_workers"),
            imagesPerSecond: try row.decode(Double.self, "images_per_second"),
            busy: try row.decode(Double?.self, "busy"), laneFill: try row.decode(Double?.self, "lane_fill"),
            labels: try row.decode([String].self, "labels"), engine: try row.decode(String.self, "engine"),
            simulated: try row.decode(Bool.self, "simulated"),
            chipCelsius: try row.decode(Int?.self, "chip_celsius"), watts: try row.decode(Double?.self, "watts"),
            serial: try row.decode(String?.self, "serial"), board: try row.decode(String?.self, "board"),
            boardNumber: try row.decode(Int?.self, "board_number"),
            resetWith: try row.decode([String].self, "reset_with"))
    }

    /// Gives the database's "no such card" the name that was asked for.
    private static func named<Result>(_ card: String, _ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch let error as PostgresError where error.sqlState == "P0002" {
            throw ArchiveError.unknownCard(card)
        }
    }
}
