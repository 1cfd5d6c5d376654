import Postgres

extension Archive {
    /// How many images a set has: they are numbered from 1 to this without a gap.
    /// - Throws: `ArchiveError.unknownSet`.
    public func imageCount(ofSet set: String) async throws -> Int {
        try await requireSet(set)
        return try await connection.query("SELECT images FROM headcount.sets WHERE name = $1", [set]).first?
            .decode(Int.self, "images") ?? 0
    }

    /// Images of a set by their numbers, in the order of these.
    public func images(_ numbers: [Int], ofSet set: String) async throws -> [SetImage] {
        try await connection.query(
            """
            SELECT i.number, i.url, i.key FROM headcount.sets s
            CROSS JOIN unnest($2::bigint[]) WITH ORDINALITY AS asked (number, place)
            JOIN headcount.images i ON i.set_id = s.id AND i.number = asked.number
            WHERE s.name = $1 ORDER BY asked.place
            """, [set, numbers]
        ).map(Self.setImage)
    }

    /// Hands out every image of a set in their order, in constant memory.
    /// - Throws: what `body` throws. `body` runs on the connection's thread.
    public func images(ofSet set: String, _ body: @Sendable (SetImage) throws -> Void) async throws {
        try await connection.stream(
            """
            SELECT i.number, i.url, i.key FROM headcount.sets s JOIN headcount.images i ON i.set_id = s.id
            WHERE s.name = $1 ORDER BY i.number
            """, [set]
        ) { row in try body(Self.setImage(row)) }
    }

    /// The true counts of a set that SQL knows, by the numbers of the images.
    public func truth(ofSet set: String) async throws -> [Int: Double] {
        let rows = try await connection.query(
            """
            SELECT t.image, t.count FROM headcount.truth t JOIN headcount.sets s ON s.id = t.set_id WHERE s.name = $1
            """, [set])
        return try Dictionary(
            rows.map { (try $0.decode(Int.self, "image"), try $0.decode(Double.self, "count")) },
            uniquingKeysWith: { first, _ in first })
    }

    private static func setImage(_ row: PostgresRow) throws -> SetImage {
        SetImage(
            number: try row.decode(Int.self, "number"), url: try row.decode(String.self, "url"),
            key: try row.decode(String?.self, "key"))
    }
}
