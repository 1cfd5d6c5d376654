public import Digest
import Postgres

extension Archive {
    /// The count of a picture with these bytes that a worker may take over: in the same run, or an earlier one of its set
    /// with the same model and plan, by the same kind of engine. None in a set that is just being removed.
    /// - Parameter preprocessing: what the count must have been made with.
    public func knownCount(
        of digest: SHA256Digest, run: Int, preprocessing: Int, worker: Int
    ) async throws -> KnownCount? {
        let rows = try await unlessRemoved(
            """
            SELECT count, tiles, width, height, source_run, source_image
            FROM headcount.known_count($1::integer, $2, $3::smallint, $4)
            """, [run, digest.bytes, preprocessing, worker])
        return try rows?.first.map { row in
            KnownCount(
                count: try row.decode(Double.self, "count"), tiles: try row.decode(Int.self, "tiles"),
                width: try row.decode(Int.self, "width"), height: try row.decode(Int.self, "height"),
                source: try Self.source(row))
        }
    }

    /// The counts of images in earlier runs of the set with the same model and plan, of pictures whose server gave them
    /// an ETag: by the number of the image. None in a set that is just being removed.
    /// - Parameter preprocessing: what the counts must have been made with.
    public func earlierCounts(
        of images: [Int], run: Int, preprocessing: Int, worker: Int
    ) async throws -> [Int: EarlierCount] {
        let rows = try await unlessRemoved(
            """
            SELECT image, etag, count, tiles, width, height, encode(digest, 'hex') AS digest, bytes, source_run, source_image
            FROM headcount.earlier_counts($1::integer, $2, $3::smallint, $4)
            """, [run, images, preprocessing, worker])
        return try Dictionary(
            (rows.map { Array($0) } ?? []).map { row in
                (
                    try row.decode(Int.self, "image"),
                    EarlierCount(
                        etag: try row.decode(String.self, "etag"), count: try row.decode(Double.self, "count"),
                        tiles: try row.decode(Int.self, "tiles"), width: try row.decode(Int.self, "width"),
                        height: try row.decode(Int.self, "height"),
                        pictureDigest: try SHA256Digest(hex: row.decode(String.self, "digest")),
                        pictureBytes: try row.decode(Int.self, "bytes"), source: try Self.source(row))
                )
            }, uniquingKeysWith: { newest, _ in newest })
    }

    /// A function that saw a run waits for whoever drops its tables, and does not find them then.
    /// - Returns: `nil` where they are gone.
    private func unlessRemoved(
        _ sql: String, _ parameters: [any PostgresEncodable]
    ) async throws(PostgresError) -> PostgresRows? {
        do throws(PostgresError) {
            return try await connection.query(sql, parameters)
        } catch {
            guard error.isOfMissingTable else { throw error }
            return nil
        }
    }

    private static func source(_ row: PostgresRow) throws -> CountSource {
        CountSource(run: try row.decode(Int.self, "source_run"), image: try row.decode(Int.self, "source_image"))
    }
}
