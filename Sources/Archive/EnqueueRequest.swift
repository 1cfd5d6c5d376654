public import Density

/// Which set and run the images go to.
public struct EnqueueRequest: Sendable, Equatable {
    /// Name of the set, made if there is none.
    public var set: String
    /// Name or digest of the model; `nil` for the default model.
    public var model: String?
    /// Tile plan; `nil` for the model's own.
    public var plan: TilePlan?
    /// Priority of the run where it is made.
    public var priority: Int
    /// True where the density map of each image is to be kept.
    public var keepsDensity: Bool
    /// Word that a card must be labelled with to count the run; `nil` where the run stays as it is, free for all at first.
    public var cardLabel: String?

    /// A request of all its parts.
    public init(
        set: String, model: String? = nil, plan: TilePlan? = nil, priority: Int = 0, keepsDensity: Bool = false,
        cardLabel: String? = nil
    ) {
        self.set = set
        self.model = model
        self.plan = plan
        self.priority = priority
        self.keepsDensity = keepsDensity
        self.cardLabel = cardLabel
    }
}
