/// How far a run is: a row of the view `headcount.progress`, by the names of its columns.
public struct RunProgress: Sendable, Hashable, Encodable {
    /// Image set.
    public let setName: String
    /// Run.
    public let runID: Int
    /// `waiting`, `counting`, `paused`, `cancelled` or `done`.
    public let state: String
    /// Images of the run.
    public let images: Int
    /// Images that have their count.
    public let counted: Int
    /// Images that failed for good.
    public let failed: Int
    /// Images that have neither.
    public let pending: Int
    /// Images per second; `nil` before anything was counted.
    public let imagesPerSecond: Double?
    /// Seconds until the run is done; `nil` while nobody works on it.
    public let eta: Double?
    /// Name of the model.
    public let model: String
    /// Tile plan.
    public let plan: String
    /// Priority.
    public let priority: Int
    /// True where any of its counts came from no real device.
    public let simulated: Bool

    /// When the run was made, ISO 8601 in UTC.
    public let createdAt: String
    /// When a result was last written, ISO 8601 in UTC; `nil` before the first.
    public let lastAt: String?

    private enum CodingKeys: String, CodingKey {
        case setName = "set_name"
        case runID = "run_id"
        case state, images, counted, failed, pending
        case imagesPerSecond = "images_per_second"
        case eta, model, plan, priority, simulated
        case createdAt = "created_at"
        case lastAt = "last_at"
    }

    /// Every key stands there, with null where there is no value: what reads it may rely on them. Written out, for the
    /// encoding that the compiler makes leaves out what is nil.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(setName, forKey: .setName)
        try values.encode(runID, forKey: .runID)
        try values.encode(state, forKey: .state)
        try values.encode(images, forKey: .images)
        try values.encode(counted, forKey: .counted)
        try values.encode(failed, forKey: .failed)
        try values.encode(pending, forKey: .pending)
        try values.encode(imagesPerSecond, forKey: .imagesPerSecond)
        try values.encode(eta, forKey: .eta)
        try values.encode(model, forKey: .model)
        try values.encode(plan, forKey: .plan)
        try values.encode(priority, forKey: .priority)
        try values.encode(simulated, forKey: .simulated)
        try values.encode(createdAt, forKey: .createdAt)
        try values.encode(lastAt, forKey: .lastAt)
    }
}
