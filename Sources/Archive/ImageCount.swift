/// One row of the view `headcount.results`, as far as commands print it.
public struct ImageCount: Sendable, Hashable, Encodable {
    /// Run.
    public let runID: Int
    /// Name of the model.
    public let model: String
    /// URL of the image.
    public let url: String
    /// People in the picture.
    public let count: Double
    /// The archive's own name for the picture.
    public let key: String?
    /// Width of the picture in pixels.
    public let width: Int
    /// Height of the picture in pixels.
    public let height: Int
    /// Model inputs the picture was cut into.
    public let tiles: Int
    /// Tile plan.
    public let plan: String
    /// Engine that computed the densities.
    public let engine: String
    /// Device of the worker.
    public let card: String
    /// True where no real device computed.
    public let simulated: Bool
    /// SHA-256 of the fetched bytes, in hexadecimal digits.
    public let pictureDigest: String
    /// When the count was written, ISO 8601 in UTC.
    public let countedAt: String

    private enum CodingKeys: String, CodingKey {
        case runID = "run_id"
        case model, url, count, key, width, height, tiles, plan, engine, card, simulated
        case pictureDigest = "picture_digest"
        case countedAt = "counted_at"
    }
}
