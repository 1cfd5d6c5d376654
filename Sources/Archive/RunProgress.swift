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

    private enum CodingKeys: String, CodingKey {
        case setName = "set_name"
        case runID = "run_id"
        case state, images, counted, failed, pending
        case imagesPerSecond = "images_per_second"
        case eta, model, plan, priority, simulated
    }
}
